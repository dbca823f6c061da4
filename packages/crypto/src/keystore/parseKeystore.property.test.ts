import { isTrellisError } from "@trellis/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keystoreToJson } from "./encryptKeystore.ts";
import { type Keystore, keystoreLimits } from "./Keystore.ts";
import { parseKeystore } from "./parseKeystore.ts";

const bytes = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
const salt = fc.uint8Array({ maxLength: 64 });
const scrypt = fc.record({
  name: fc.constant("scrypt" as const),
  n: fc.integer({ min: 1, max: 14 }).map((exponent) => 2 ** exponent),
  r: fc.integer({ min: 1, max: 8 }),
  p: fc.integer({ min: 1, max: 8 }),
  salt,
});
const pbkdf2 = fc.record({
  name: fc.constant("pbkdf2" as const),
  iterations: fc.integer({ min: 1, max: keystoreLimits.pbkdf2IterationsMax }),
  salt,
});
const keystores: fc.Arbitrary<Keystore> = fc.record({
  id: fc.string(),
  address: fc.option(bytes(20), { nil: undefined }),
  derivation: fc.oneof(scrypt, pbkdf2),
  iv: bytes(16),
  ciphertext: bytes(32),
  mac: bytes(32),
});

const FIELDS = [
  ["version"],
  ["id"],
  ["address"],
  ["crypto"],
  ["crypto", "cipher"],
  ["crypto", "cipherparams"],
  ["crypto", "cipherparams", "iv"],
  ["crypto", "ciphertext"],
  ["crypto", "kdf"],
  ["crypto", "kdfparams"],
  ["crypto", "kdfparams", "n"],
  ["crypto", "kdfparams", "r"],
  ["crypto", "kdfparams", "p"],
  ["crypto", "kdfparams", "c"],
  ["crypto", "kdfparams", "dklen"],
  ["crypto", "kdfparams", "prf"],
  ["crypto", "kdfparams", "salt"],
  ["crypto", "mac"],
];
const values = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }),
  fc.integer(),
  fc.double(),
  fc.maxSafeNat(),
  fc.stringMatching(/^(0x)?[0-9a-f]{0,70}$/),
  fc.constantFrom("scrypt", "pbkdf2", "aes-128-ctr", "__proto__", "hmac-sha256"),
);
const changedFiles = fc
  .record({ keystore: keystores, field: fc.constantFrom(...FIELDS), value: values })
  .map(({ keystore, field, value }) => {
    const file = JSON.parse(keystoreToJson(keystore));
    const parent = field.slice(0, -1).reduce((object, name) => object[name], file);
    parent[field.at(-1)!] = value;
    return JSON.stringify(file);
  });
const cutFiles = fc
  .record({ keystore: keystores, at: fc.nat(500), character: fc.string({ maxLength: 2 }) })
  .map(({ keystore, at, character }) => {
    const text = keystoreToJson(keystore);
    return text.slice(0, at % text.length) + character + text.slice((at % text.length) + 1);
  });

describe("parseKeystore", () => {
  it("inverts the writer for every keystore", () => {
    fc.assert(
      fc.property(keystores, (keystore) => {
        expect(parseKeystore(keystoreToJson(keystore))).toEqual(keystore);
      }),
      { numRuns: 2000 },
    );
  });

  it("returns a bounded keystore or an error with a code, for any text", () => {
    fc.assert(
      fc.property(fc.oneof(changedFiles, cutFiles, fc.string(), fc.json()), (text) => {
        try {
          requireBounded(parseKeystore(text));
        } catch (error) {
          if (!isTrellisError(error) || !error.code.startsWith("KEYSTORE_")) throw error;
        }
      }),
      { numRuns: 100_000 },
    );
  });
});

function requireBounded({ derivation, iv, ciphertext, mac }: Keystore): void {
  const isBounded =
    derivation.name === "pbkdf2"
      ? derivation.iterations >= 1 && derivation.iterations <= keystoreLimits.pbkdf2IterationsMax
      : derivation.n >= 2 &&
        128 * derivation.r * (derivation.n + derivation.p) <= keystoreLimits.scryptMemoryBytesMax &&
        derivation.n * derivation.r * derivation.p <= keystoreLimits.scryptWorkMax;
  if (!isBounded || iv.length !== 16 || ciphertext.length !== 32 || mac.length !== 32) {
    throw new Error("not bounded");
  }
}
