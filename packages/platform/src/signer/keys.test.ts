import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isTrellisError } from "@trellis/base";
import { PowerLoss } from "@trellis/kit/powerLoss";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { ALGORITHMS } from "../keys/algorithms.ts";
import { createEnvelope } from "../secrets/createEnvelope.ts";
import { systemRandom } from "../system/index.ts";
import { parseAccess } from "./SignerAccess.ts";
import { loadKeys, parseKeyFile, reencryptKeys, storeKey } from "./systemKeyDirectory.ts";
import { ACCESS, envelope } from "./testing/SignerBench.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "trellis-keys-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const secretOf = (fill: number) => new Uint8Array(32).fill(fill);
const store = (name: string, fill: number, change: object = {}) =>
  storeKey(
    directory,
    { purpose: "account", name, algorithm: "secp256k1", createdMs: 5, ...change },
    secretOf(fill),
    envelope,
  );
const file = (name: string) => join(directory, "account", `${name}.json`);
const code = (name: string) => expect.objectContaining({ code: name });

describe("stored keys [SIGNER-3]", () => {
  it("open for their use only, and are found by id and public key", async () => {
    const { publicKey } = await store("a", 7);
    let seen: Uint8Array | undefined;
    const open: typeof envelope.open = (context, sealed) => {
      seen = envelope.open(context, sealed);
      return seen;
    };
    const keys = loadKeys(directory, { ...envelope, open });
    const key = keys.find("account/a")!;
    expect(key).toMatchObject({ purpose: "account", algorithm: "secp256k1", createdMs: 5, version: 1 });
    expect(keys.findByPublicKey(publicKey.subarray(1))?.id).toBe("account/a");
    seen = undefined;
    const digest = secretOf(1);
    expect(ALGORITHMS.secp256k1.verify(digest, await keys.sign(key, digest), publicKey)).toBe(true);
    expect(seen).toEqual(new Uint8Array(32));
    expect(readFileSync(file("a"), "utf8")).not.toContain("0707070707");
  });

  it("ENVELOPE_BROKEN: a secret under another purpose, name, key, algorithm, time or version", async () => {
    await store("a", 7);
    await store("b", 8);
    const [a, b] = [file("a"), file("b")].map((path) => JSON.parse(readFileSync(path, "utf8")));
    const changes = [
      { sealed: b.sealed },
      { name: "c" },
      { purpose: "anchor" },
      { publicKey: b.publicKey.replace(/.$/, "0") },
      { algorithm: "ed25519" },
      { createdMs: 6 },
      { version: 2 },
    ];
    for (const change of changes) {
      writeFileSync(file("a"), JSON.stringify({ ...a, ...change }));
      expect(() => loadKeys(directory, envelope), JSON.stringify(change)).toThrow(code("ENVELOPE_BROKEN"));
    }
  });

  it("ENVELOPE_KEY_UNKNOWN: another envelope key; an older one still opens", async () => {
    await store("a", 7);
    const [older, newer] = [secretOf(5), secretOf(6)];
    expect(() => loadKeys(directory, createEnvelope([newer], systemRandom))).toThrow(
      code("ENVELOPE_KEY_UNKNOWN"),
    );
    expect(loadKeys(directory, createEnvelope([newer, older], systemRandom)).all).toHaveLength(1);
  });

  it("SIGNER-3: are encrypted again under a new envelope key, and a loaded key signs meanwhile", async () => {
    await store("a", 7);
    await store("b", 8);
    const newer = secretOf(6);
    const both = createEnvelope([newer, secretOf(5)], systemRandom);
    const running = loadKeys(directory, envelope);
    expect(await reencryptKeys(directory, both)).toBe(2);
    expect(await reencryptKeys(directory, both)).toBe(0);
    const only = loadKeys(directory, createEnvelope([newer], systemRandom));
    expect(only.all).toEqual(loadKeys(directory, both).all);
    expect(running.all.map(({ id }) => id)).toEqual(only.all.map(({ id }) => id));
    expect(() => loadKeys(directory, envelope)).toThrow(code("ENVELOPE_KEY_UNKNOWN"));
    await expect(reencryptKeys(directory, envelope)).rejects.toEqual(code("ENVELOPE_KEY_UNKNOWN"));
  });

  it("SIGNER_SETUP_INVALID: a second key of one name, one key under two names", async () => {
    await store("a", 7);
    await expect(store("a", 8)).rejects.toEqual(code("SIGNER_SETUP_INVALID"));
    await store("b", 7);
    expect(() => loadKeys(directory, envelope)).toThrow(code("SIGNER_SETUP_INVALID"));
    await expect(store("../c", 8)).rejects.toEqual(code("SIGNER_SETUP_INVALID"));
  });

  it("survive a power loss once stored", async () => {
    await store("a", 7);
    const disk = await PowerLoss.watch(join(directory, "account"));
    try {
      await store("b", 8);
      disk.cut();
      expect(loadKeys(directory, envelope).all.map(({ id }) => id)).toEqual(["account/a", "account/b"]);
    } finally {
      disk.end();
    }
  });

  it("any key file is a key or SIGNER_SETUP_INVALID", () => {
    const fields = fc.record(
      {
        format: fc.constantFrom("trellis-signer-key/1", "x"),
        purpose: fc.constantFrom("account", "x"),
        name: fc.oneof(fc.string(), fc.constant("a")),
        algorithm: fc.constantFrom("secp256k1", "x"),
        publicKey: fc.oneof(fc.string(), fc.constant("0x01")),
        createdMs: fc.jsonValue(),
        version: fc.jsonValue(),
        sealed: fc.oneof(fc.base64String(), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fields.map((value) => JSON.stringify(value)),
    );
    fc.assert(fc.property(text, (given) => isRefused(() => parseKeyFile(given, "f"))));
  });
});

describe("access file", () => {
  const parse = (text: string) => parseAccess(text, z.strictObject({ chains: z.array(z.int()) }));

  it("any text is an access file or SIGNER_SETUP_INVALID", () => {
    const words = [
      "clients",
      "permissions",
      "keys",
      "a/*",
      "[sign]",
      "operations",
      "*",
      "&a",
      "*a",
      ":",
      "\n",
      "  ",
    ];
    const yaml = fc.array(fc.constantFrom(...words), { maxLength: 30 }).map((parts) => parts.join(" "));
    const text = fc.oneof(fc.string(), fc.json(), yaml);
    fc.assert(fc.property(text, (given) => isRefused(() => parse(given))));
  });

  it("SIGNER_SETUP_INVALID: unknown fields, operations, policies; aliases that expand; transactions without a policy", () => {
    expect(parse(ACCESS).size).toBe(1);
    const bad = [
      ACCESS.replace("keys:", "key:"),
      ACCESS.replace("[sign]", "[signs]"),
      ACCESS.replace("record/*", "record/**"),
      ACCESS.replace("[sign]", "[transaction]"),
      ACCESS.replace("[sign]", "[transaction], policy: none"),
      `${ACCESS}policies: { a: { chain: 1 } }\n`,
      `a: &a [1]\nb: *a\n${ACCESS}`,
      ACCESS.replace("custodian", '"../x"'),
      "",
    ];
    for (const text of bad) expect(() => parse(text), text).toThrow(code("SIGNER_SETUP_INVALID"));
  });
});

function isRefused(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    return isTrellisError(error, "SIGNER_SETUP_INVALID");
  }
}
