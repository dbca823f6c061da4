import { isTrellisError } from "@trellis/base";
import fc from "fast-check";
import { expect, it } from "vitest";
import { deriveKey } from "../keystore/deriveKey.ts";
import { keystoreLimits } from "../keystore/Keystore.ts";
import { accountKeystoreToJson, encryptAccountKey, parseAccountKeyFile } from "./index.ts";

const secret = new Uint8Array(32).fill(5);
const random = { bytes: (count: number) => new Uint8Array(count).fill(1) };
const ports = { random, deriveKey };
const cheap = { n: 2, r: 1, p: 1 };
const texts = await Promise.all(
  (["ml-dsa-44", "ml-dsa-65", "secp256k1"] as const).map(async (algorithm) =>
    accountKeystoreToJson(await encryptAccountKey({ algorithm, secret }, "password", ports, cheap)),
  ),
);

const FIELDS = [
  ["format"],
  ["version"],
  ["id"],
  ["address"],
  ["algorithm"],
  ["publicKey"],
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
  ["crypto", "kdfparams", "salt"],
];
const values = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }),
  fc.integer(),
  fc.maxSafeNat(),
  fc.stringMatching(/^(0x)?[0-9a-f]{0,70}$/),
  fc.constantFrom("trellis-account-key", "ml-dsa-44", "secp256k1", "aes-256-gcm", "__proto__", "pbkdf2"),
);
const changedFiles = fc
  .record({ text: fc.constantFrom(...texts), field: fc.constantFrom(...FIELDS), value: values })
  .map(({ text, field, value }) => {
    const file = JSON.parse(text);
    const parent = field.slice(0, -1).reduce((object, name) => object[name], file);
    parent[field.at(-1)!] = value;
    return JSON.stringify(file);
  });
const cutFiles = fc
  .record({
    text: fc.constantFrom(...texts),
    at: fc.nat(),
    length: fc.nat(),
    character: fc.string({ maxLength: 2 }),
  })
  .map(({ text, at, length, character }) => {
    const start = at % text.length;
    return (
      text.slice(0, start) + character + text.slice(start + 1 + (length % 3 === 0 ? length % text.length : 0))
    );
  });

it("any text is a bounded key file, or an error with a code", () => {
  fc.assert(
    fc.property(fc.oneof(changedFiles, cutFiles, fc.string(), fc.json()), (text) => {
      try {
        const { publicKey } = parseAccountKeyFile(text);
        expect(publicKey === undefined || publicKey.length <= 1952).toBe(true);
      } catch (error) {
        if (!isTrellisError(error, "KEYSTORE_INVALID")) throw error;
      }
    }),
    { numRuns: 20_000 },
  );
  const longest = `{"format":"trellis-account-key"${" ".repeat(keystoreLimits.fileSizeMax)}}`;
  expect(() => parseAccountKeyFile(longest)).toThrowError(
    expect.objectContaining({ code: "KEYSTORE_INVALID" }),
  );
});

it("a changed file never decrypts to another key", async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(changedFiles, cutFiles), async (text) => {
      try {
        const file = parseAccountKeyFile(text);
        expect(
          await file.decrypt("password", async (word, derivation) => {
            // Valid but expensive parameters would take seconds.
            const isCheap =
              derivation.name === "scrypt" && derivation.n * derivation.r * derivation.p < 4_096;
            return isCheap ? deriveKey(word, derivation) : new Uint8Array(32);
          }),
        ).toEqual(secret);
      } catch (error) {
        if (!isTrellisError(error)) throw error;
        expect(["KEYSTORE_INVALID", "KEYSTORE_PASSWORD_WRONG"]).toContain(error.code);
      }
    }),
    { numRuns: 2_000 },
  );
});
