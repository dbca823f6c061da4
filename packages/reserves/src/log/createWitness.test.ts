import { describe, expect, it } from "vitest";
import { refusal } from "../testing/refusal.ts";
import { createTransparencyLog, type TransparencyLog } from "./createTransparencyLog.ts";
import { createWitness, type WitnessMemory } from "./createWitness.ts";
import type { LogEntry } from "./entry.ts";
import { formatNote, parseNote } from "./note.ts";
import { createHeadSigner } from "./signers.ts";
import { signHead } from "./signHead.ts";
import { createMemoryLogStore } from "./testing/createMemoryLogStore.ts";
import { createMemoryWitnessMemory } from "./testing/createMemoryWitnessMemory.ts";
import { verifyHead } from "./verifyHead.ts";

const ORIGIN = "example.com/reserves";
const logSigner = createHeadSigner(ORIGIN, "ed25519", new Uint8Array(32).fill(1));
const witnessSigner = createHeadSigner("witness.example", "ed25519-cosignature", new Uint8Array(32).fill(2));
const trust = { origin: ORIGIN, logKeys: [logSigner.key] };
const witnessed = { ...trust, witnessKeys: [witnessSigner.key], witnessesMin: 1 };
const clock = { nowMs: () => 1_790_000_000_999 };

const entry = (text: string): LogEntry => ({ type: "audit", body: { text } });

async function logOf(...texts: string[]): Promise<TransparencyLog> {
  const log = createTransparencyLog({ store: createMemoryLogStore() });
  await log.append(texts.map(entry));
  return log;
}

async function headOf(log: TransparencyLog): Promise<string> {
  const size = await log.size();
  return signHead({ origin: ORIGIN, size, root: await log.root(size), timeMs: 5 }, [logSigner]);
}

function witnessOf(memory: WitnessMemory = createMemoryWitnessMemory()) {
  return createWitness({ logs: [trust], signer: witnessSigner }, { memory, clock });
}

describe("witness", () => {
  it("cosigns append-only growth with a time", async () => {
    const witness = witnessOf();
    const log = await logOf("a", "b", "c");
    const first = await witness.cosign(await headOf(log), 0, []);
    expect(verifyHead(first, witnessed).witnesses).toEqual([
      { name: "witness.example", timeSeconds: 1_790_000_000 },
    ]);
    await log.append([entry("d"), entry("e")]);
    const second = await witness.cosign(await headOf(log), 3, await log.consistencyProof(3, 5));
    expect(verifyHead(second, witnessed).size).toBe(5);
    const again = await witness.cosign(second, 5, []);
    expect(parseNote(again).signatures).toHaveLength(2);
  });

  it("LOG_INCONSISTENT: another root of the same size", async () => {
    const witness = witnessOf();
    await witness.cosign(await headOf(await logOf("a", "b")), 0, []);
    const other = await headOf(await logOf("a", "x"));
    await expect(witness.cosign(other, 2, [])).rejects.toMatchObject({
      code: "LOG_INCONSISTENT",
      facts: expect.objectContaining({ reason: "one size with two roots" }),
    });
  });

  it("LOG_INCONSISTENT: a log that rewrote an entry", async () => {
    const witness = witnessOf();
    await witness.cosign(await headOf(await logOf("a", "b", "c")), 0, []);
    const rewritten = await logOf("a", "b", "x", "d");
    const proof = await rewritten.consistencyProof(3, 4);
    await expect(witness.cosign(await headOf(rewritten), 3, proof)).rejects.toMatchObject({
      code: "LOG_INCONSISTENT",
      facts: expect.objectContaining({ reason: "the proof does not lead to the earlier root" }),
    });
  });

  it("LOG_INCONSISTENT: a head with fewer entries", async () => {
    const witness = witnessOf();
    await witness.cosign(await headOf(await logOf("a", "b", "c")), 0, []);
    await expect(witness.cosign(await headOf(await logOf("a")), 3, [])).rejects.toMatchObject({
      code: "LOG_INCONSISTENT",
      facts: expect.objectContaining({ reason: "the later head has fewer entries" }),
    });
  });

  it("LOG_WITNESS_BEHIND: the proof starts elsewhere, or another call was faster", async () => {
    const log = await logOf("a", "b", "c");
    const witness = witnessOf();
    await witness.cosign(await headOf(log), 0, []);
    await log.append([entry("d")]);
    const refused = expect.objectContaining({ code: "LOG_WITNESS_BEHIND", consequence: "retry" });
    await expect(witness.cosign(await headOf(log), 2, await log.consistencyProof(2, 4))).rejects.toEqual(
      refused,
    );
    const busy: WitnessMemory = { read: async () => undefined, replace: async () => false };
    await expect(witnessOf(busy).cosign(await headOf(log), 0, [])).rejects.toEqual(refused);
  });

  it("LOG_HEAD_REFUSED and LOG_HEAD_REFUSED: of an unknown log", async () => {
    const witness = witnessOf();
    const stranger = createHeadSigner(ORIGIN, "ed25519", new Uint8Array(32).fill(3));
    const head = { origin: ORIGIN, size: 0, root: new Uint8Array(32), timeMs: 5 };
    await expect(witness.cosign(await signHead(head, [stranger]), 0, [])).rejects.toMatchObject({
      code: "LOG_HEAD_REFUSED",
      facts: expect.objectContaining({ reason: "no signature by the expected key" }),
    });
    const other = await signHead({ ...head, origin: "other" }, [logSigner]);
    await expect(witness.cosign(other, 0, [])).rejects.toMatchObject({
      code: "LOG_HEAD_REFUSED",
      facts: expect.objectContaining({ reason: "for another log" }),
    });
  });

  it("LOG_WITNESSES_TOO_FEW", async () => {
    const signed = await headOf(await logOf("a"));
    expect(() => verifyHead(signed, witnessed)).toThrowError(
      expect.objectContaining({ code: "LOG_WITNESSES_TOO_FEW" }),
    );
  });

  it("LOG_WITNESSES_TOO_FEW: two keys of one witness count once", async () => {
    const signerOf = (name: string, byte: number) =>
      createHeadSigner(name, "ed25519-cosignature", new Uint8Array(32).fill(byte));
    const [renewed, other] = [signerOf("witness.example", 4), signerOf("other.example", 5)];
    const log = await logOf("a");
    const cosignedBy = async (...signers: (typeof witnessSigner)[]) => {
      let signed = await headOf(log);
      for (const signer of signers) {
        const witness = createWitness(
          { logs: [trust], signer },
          { memory: createMemoryWitnessMemory(), clock },
        );
        signed = await witness.cosign(signed, 0, []);
      }
      return signed;
    };
    const witnessKeys = [witnessSigner.key, renewed.key, other.key];
    const two = { ...trust, witnessKeys, witnessesMin: 2 };
    const sameName = await cosignedBy(witnessSigner, renewed);
    expect(verifyHead(sameName, { ...two, witnessesMin: 1 }).witnesses).toHaveLength(2);
    expect(() => verifyHead(sameName, two)).toThrowError(
      expect.objectContaining({ code: "LOG_WITNESSES_TOO_FEW", facts: { got: 1, witnessesMin: 2 } }),
    );
    expect(verifyHead(await cosignedBy(renewed, other), two).witnesses).toHaveLength(2);
  });

  it("LOG_HEAD_REFUSED: a cosignature with a changed time, or truncated", async () => {
    const cosigned = parseNote(await witnessOf().cosign(await headOf(await logOf("a")), 0, []));
    const withSignature = (change: (signature: Uint8Array) => Uint8Array) =>
      formatNote({
        ...cosigned,
        signatures: cosigned.signatures.map((line) =>
          line.name === "witness.example" ? { ...line, signature: change(line.signature.slice()) } : line,
        ),
      });
    for (const change of [
      (signature: Uint8Array) => signature.fill(0, 7, 8),
      (signature: Uint8Array) => signature.fill(0xff, 0, 1),
      (signature: Uint8Array) => signature.slice(0, 8),
      (signature: Uint8Array) => signature.slice(0, 40),
    ])
      expect(() => verifyHead(withSignature(change), witnessed)).toThrowError(
        refusal("LOG_HEAD_REFUSED: a signature does not match"),
      );
  });
});
