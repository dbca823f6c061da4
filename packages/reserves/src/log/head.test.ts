import { base64 } from "@scure/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusal, thrownBy } from "../testing/refusal.ts";
import { headToText, type TreeHead, textToHead } from "./head.ts";
import { type HeadKey, headKeyId } from "./keys.ts";
import { formatNote, parseNote } from "./note.ts";
import { allVerifiers, createHeadSigner } from "./signers.ts";
import { signHead } from "./signHead.ts";
import { type HeadTrust, verifyHead } from "./verifyHead.ts";

const seed = (byte: number) => new Uint8Array(32).fill(byte);
const signer = createHeadSigner("example.com/reserves", "ed25519", seed(1));
const lattice = createHeadSigner("example.com/reserves", "ml-dsa-44", seed(2));
const head: TreeHead = {
  origin: "example.com/reserves",
  size: 12_345,
  root: new Uint8Array(32).fill(7),
  timeMs: 1_790_000_000_123,
};
const trust: HeadTrust = { origin: head.origin, logKeys: [signer.key] };

describe("signed tree heads", () => {
  it("are checkpoints in the public format", async () => {
    const signed = await signHead(head, [signer]);
    expect(signed.split("\n").slice(0, 5)).toEqual([
      "example.com/reserves",
      "12345",
      "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
      "time 1790000000123",
      "",
    ]);
    expect(signed).toMatch(/\n\u2014 example\.com\/reserves [A-Za-z0-9+/=]+\n$/);
    expect(verifyHead(signed, trust)).toEqual({ ...head, witnesses: [] });
  });

  it("by Ed25519 and by ML-DSA-44 together: a reader may require both", async () => {
    const signed = await signHead(head, [signer, lattice]);
    const both = { ...trust, logKeys: [signer.key, lattice.key] };
    expect(verifyHead(signed, both, allVerifiers).size).toBe(12_345);
    expect(verifyHead(signed, trust).size).toBe(12_345);
    expect(thrownBy(() => verifyHead(signed, both))).toEqual(refusal("LOG_MALFORMED: key"));
    const tampered = signed.replace("12345", "12346");
    const onlyLattice = { ...trust, logKeys: [lattice.key] };
    expect(thrownBy(() => verifyHead(tampered, onlyLattice, allVerifiers))).toEqual(
      refusal("LOG_HEAD_REFUSED: a signature does not match"),
    );
  });

  it("the format is compatible: the example of Go's sumdb/note verifies", () => {
    const note = parseNote(
      "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n" +
        "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
    );
    const publicKey = base64.decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").slice(1);
    const key: HeadKey = { name: "PeterNeumann", algorithm: "ed25519", publicKey };
    const [line] = note.signatures;
    expect(line?.keyId).toBe(headKeyId(key));
    const text = new TextEncoder().encode(note.text);
    expect(allVerifiers.ed25519?.(text, line?.signature as Uint8Array, publicKey)).toBe(true);
  });

  it("LOG_HEAD_REFUSED: any character of the signed text changed", async () => {
    const signed = await signHead(head, [signer]);
    for (const [from, to] of [
      ["12345", "12346"],
      ["BwcH", "BwcI"],
      ["0123", "0124"],
    ] as const)
      expect(thrownBy(() => verifyHead(signed.replace(from, to), trust))).toEqual(
        refusal("LOG_HEAD_REFUSED: a signature does not match"),
      );
  });

  it("LOG_HEAD_REFUSED: another key, another name, no keys at all", async () => {
    const signed = await signHead(head, [createHeadSigner("example.com/reserves", "ed25519", seed(9))]);
    expect(thrownBy(() => verifyHead(signed, trust))).toEqual(
      refusal("LOG_HEAD_REFUSED: no signature by the expected key"),
    );
    expect(thrownBy(() => verifyHead(signed, { ...trust, logKeys: [] }))).toEqual(
      refusal("LOG_HEAD_REFUSED: no signature by the expected key"),
    );
  });

  it("LOG_HEAD_REFUSED", async () => {
    const signed = await signHead({ ...head, origin: "example.org/other" }, [signer]);
    expect(thrownBy(() => verifyHead(signed, trust))).toEqual(refusal("LOG_HEAD_REFUSED: for another log"));
  });

  it("LOG_MALFORMED", () => {
    const key: HeadKey = { ...signer.key, publicKey: new Uint8Array(31) };
    expect(thrownBy(() => verifyHead(headToText(head), { ...trust, logKeys: [key] }))).toEqual(
      refusal("LOG_MALFORMED: head"),
    );
    const note = formatNote({
      text: headToText(head),
      signatures: [{ name: "x", keyId: 1, signature: seed(1) }],
    });
    expect(thrownBy(() => verifyHead(note, { ...trust, logKeys: [key] }))).toEqual(
      refusal("LOG_MALFORMED: key"),
    );
    expect(thrownBy(() => createHeadSigner("x", "ed25519", new Uint8Array(31)))).toEqual(
      refusal("LOG_MALFORMED: key"),
    );
  });

  it.each(["", "two words", "a+b", "line\nfeed", "x".repeat(256)])("LOG_MALFORMED: %j", (name) => {
    expect(thrownBy(() => createHeadSigner(name, "ed25519", seed(1)))).toEqual(
      refusal("LOG_MALFORMED: not a name of a log or a witness"),
    );
    expect(thrownBy(() => headToText({ ...head, origin: name }))).toEqual(
      refusal("LOG_MALFORMED: not a name of a log or a witness"),
    );
  });

  it.each<[string, (signed: string) => string]>([
    ["no signatures", (signed) => signed.slice(0, signed.indexOf("\n\n") + 1)],
    ["no line feed at the end", (signed) => signed.slice(0, -1)],
    ["an extra line in the text", (signed) => signed.replace("\n\n", "\nmore\n\n")],
    ["no time", (signed) => signed.replace(/time \d+\n/, "")],
    ["a leading zero", (signed) => signed.replace("12345", "012345")],
    ["a size beyond 2^53", (signed) => signed.replace("12345", "9999999999999999")],
    ["a short root", (signed) => signed.replace("BwcHBwcH", "")],
    ["base64 in another form", (signed) => signed.replace("Bwc=", "Bwd=")],
    ["a signature of four bytes", (signed) => signed.replace(/[A-Za-z0-9+/=]+\n$/, "AAAAAA==\n")],
    ["a hyphen for the dash", (signed) => signed.replace("\u2014", "-")],
    ["too many signatures", (signed) => signed + `${signed.split("\n").at(-2)}\n`.repeat(64)],
    ["an origin with a space", (signed) => signed.replace("example.com/reserves\n", "example com\n")],
  ])("LOG_MALFORMED: %s", async (_, change) => {
    const signed = await signHead(head, [signer]);
    expect(thrownBy(() => verifyHead(change(signed), trust))).toEqual(refusal("LOG_MALFORMED: head"));
  });

  it("LOG_MALFORMED or a head for any text", () => {
    const lines = fc.array(fc.oneof(fc.string(), fc.constantFrom("", "time 5", "7", "\u2014 x AAAAAAAA")));
    fc.assert(
      fc.property(lines, (parts) => {
        const text = parts.join("\n");
        expect(thrownBy(() => formatNote(parseNote(text)))).toMatchObject({
          code: expect.stringMatching(/none|LOG_MALFORMED/),
        });
        expect(thrownBy(() => headToText(textToHead(text)))).toMatchObject({
          code: expect.stringMatching(/none|LOG_MALFORMED/),
        });
      }),
    );
  });
});
