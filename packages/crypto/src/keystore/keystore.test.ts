import { bytesToHex } from "@trellis/base";
import { describe, expect, it } from "vitest";
import { privateKeyToAddress } from "../secp256k1/keys.ts";
import { decryptKeystore } from "./decryptKeystore.ts";
import { encryptKeystore, keystoreToJson } from "./encryptKeystore.ts";
import { parseKeystore } from "./parseKeystore.ts";

const privateKey = new Uint8Array(32).fill(0x2a);
const password = "pässword 🔑";
const cheap = { n: 2, r: 1, p: 1 };
let counter = 0;
const random = { bytes: (count: number) => new Uint8Array(count).fill(++counter) };

type Json = Record<string, unknown>;

async function fileWith(change: { file?: Json; crypto?: Json; kdfparams?: Json }): Promise<string> {
  const file = JSON.parse(keystoreToJson(await encryptKeystore(privateKey, password, random, cheap)));
  file.crypto.kdfparams = { ...file.crypto.kdfparams, ...change.kdfparams };
  file.crypto = { ...file.crypto, ...change.crypto };
  return JSON.stringify({ ...file, ...change.file });
}

const pbkdf2 = { dklen: 32, c: 3, prf: "hmac-sha256", salt: "aabb" };

describe("keystore files", () => {
  it("decrypt with the password", async () => {
    const keystore = await encryptKeystore(privateKey, password, random, cheap);
    expect(keystore.address).toEqual(privateKeyToAddress(privateKey));
    const text = keystoreToJson(keystore);
    expect(parseKeystore(text)).toEqual(keystore);
    expect(text).not.toContain(bytesToHex(privateKey).slice(2));
    expect(await decryptKeystore(parseKeystore(text), password)).toEqual(privateKey);
  });

  it("have a random salt, vector and id (UUID version 4)", async () => {
    const [one, other] = [
      await encryptKeystore(privateKey, password, random, cheap),
      await encryptKeystore(privateKey, password, random, cheap),
    ];
    expect(one.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(one.id).not.toBe(other.id);
    expect(one.iv).not.toEqual(other.iv);
    expect(one.ciphertext).not.toEqual(other.ciphertext);
  });

  it("use geth's standard cost by default", async () => {
    const { derivation } = await encryptKeystore(privateKey, password, random);
    expect(derivation).toMatchObject({ name: "scrypt", n: 262_144, r: 8, p: 1 });
  });

  it("decrypt with parameters that RFC 7914 forbids and some wallets wrote", async () => {
    const keystore = await encryptKeystore(privateKey, password, random, { n: 2 ** 16, r: 1, p: 2 });
    expect(await decryptKeystore(keystore, password)).toEqual(privateKey);
  });

  it("preserve pbkdf2 parameters", async () => {
    const text = await fileWith({ crypto: { kdf: "pbkdf2", kdfparams: pbkdf2 } });
    expect(parseKeystore(keystoreToJson(parseKeystore(text)))).toEqual(parseKeystore(text));
  });

  it("may omit the address or write it with 0x", async () => {
    const without = parseKeystore(await fileWith({ file: { address: undefined } }));
    expect(without.address).toBeUndefined();
    expect(await decryptKeystore(without, password)).toEqual(privateKey);
    expect(keystoreToJson(without)).not.toContain("address");
    const prefixed = parseKeystore(
      await fileWith({ file: { address: bytesToHex(privateKeyToAddress(privateKey)) } }),
    );
    expect(await decryptKeystore(prefixed, password)).toEqual(privateKey);
  });

  it("KEYSTORE_PASSWORD_WRONG: another password, or a changed byte", async () => {
    const keystore = await encryptKeystore(privateKey, password, random, cheap);
    const refusal = { code: "KEYSTORE_PASSWORD_WRONG" };
    await expect(decryptKeystore(keystore, "password")).rejects.toMatchObject(refusal);
    await expect(decryptKeystore(keystore, "")).rejects.toMatchObject(refusal);
    const ciphertext = keystore.ciphertext.slice();
    ciphertext[31]! ^= 1;
    await expect(decryptKeystore({ ...keystore, ciphertext }, password)).rejects.toMatchObject(refusal);
  });

  it("KEYSTORE_INVALID: of another address", async () => {
    const keystore = parseKeystore(await fileWith({ file: { address: "11".repeat(20) } }));
    await expect(decryptKeystore(keystore, password)).rejects.toMatchObject({
      code: "KEYSTORE_INVALID",
      facts: { reason: "malformed", field: "address", stated: `0x${"11".repeat(20)}` },
    });
  });

  it("CRYPTO_KEY_INVALID, private key: does not encrypt an invalid key", async () => {
    await expect(encryptKeystore(new Uint8Array(32), password, random, cheap)).rejects.toMatchObject({
      code: "CRYPTO_KEY_INVALID",
      facts: { kind: "private key" },
    });
  });

  it("KEYSTORE_INVALID: encryption with such a cost", async () => {
    const cost = { n: 2 ** 20, r: 8, p: 1 };
    await expect(encryptKeystore(privateKey, password, random, cost)).rejects.toMatchObject({
      code: "KEYSTORE_INVALID",
      facts: { reason: "not supported", cost: "memoryBytes" },
    });
  });
});

describe("parseKeystore", () => {
  const refusalOf = (text: string): unknown => {
    try {
      return parseKeystore(text);
    } catch (error) {
      const { code, facts } = error as { code: string; facts: Json };
      return `${code}: ${facts.reason}: ${facts.field ?? facts.cost}`;
    }
  };

  it.each([
    ["KEYSTORE_INVALID: not supported: version", { file: { version: 1 } }],
    ["KEYSTORE_INVALID: not supported: version", { file: { version: "3" } }],
    ["KEYSTORE_INVALID: not supported: crypto.cipher", { crypto: { cipher: "aes-128-cbc" } }],
    ["KEYSTORE_INVALID: not supported: crypto.kdf", { crypto: { kdf: "argon2id" } }],
    ["KEYSTORE_INVALID: not supported: crypto.kdf", { crypto: { kdf: "toString" } }],
    ["KEYSTORE_INVALID: not supported: crypto.kdfparams.dklen", { kdfparams: { dklen: 64 } }],
    [
      "KEYSTORE_INVALID: not supported: crypto.kdfparams.prf",
      { crypto: { kdf: "pbkdf2", kdfparams: { ...pbkdf2, prf: "hmac-sha512" } } },
    ],
    ["KEYSTORE_INVALID: malformed: crypto", { file: { crypto: undefined } }],
    ["KEYSTORE_INVALID: malformed: crypto", { file: { crypto: [] } }],
    ["KEYSTORE_INVALID: malformed: crypto", { file: { crypto: null } }],
    ["KEYSTORE_INVALID: malformed: id", { file: { id: 5 } }],
    ["KEYSTORE_INVALID: malformed: address", { file: { address: "aa" } }],
    ["KEYSTORE_INVALID: malformed: kdfparams", { crypto: { kdfparams: "none" } }],
    ["KEYSTORE_INVALID: malformed: cipherparams", { crypto: { cipherparams: undefined } }],
    ["KEYSTORE_INVALID: malformed: crypto.cipherparams.iv", { crypto: { cipherparams: { iv: "00" } } }],
    ["KEYSTORE_INVALID: malformed: crypto.ciphertext", { crypto: { ciphertext: "zz".repeat(32) } }],
    ["KEYSTORE_INVALID: malformed: crypto.ciphertext", { crypto: { ciphertext: "00".repeat(31) } }],
    ["KEYSTORE_INVALID: malformed: crypto.mac", { crypto: { mac: "00".repeat(33) } }],
    ["KEYSTORE_INVALID: malformed: crypto.kdfparams.salt", { kdfparams: { salt: "0" } }],
    ["KEYSTORE_INVALID: malformed: crypto.kdfparams.salt", { kdfparams: { salt: "00".repeat(257) } }],
    ["KEYSTORE_INVALID: malformed: crypto.kdfparams.n", { kdfparams: { n: 3 } }],
    ["KEYSTORE_INVALID: malformed: crypto.kdfparams.n", { kdfparams: { n: 1 } }],
    ["KEYSTORE_INVALID: malformed: crypto.kdfparams.n", { kdfparams: { n: "2" } }],
    ["KEYSTORE_INVALID: malformed: crypto.kdfparams.n", { kdfparams: { n: 2 ** 60 } }],
    ["KEYSTORE_INVALID: malformed: crypto.kdfparams.r", { kdfparams: { r: 0 } }],
    ["KEYSTORE_INVALID: malformed: crypto.kdfparams.p", { kdfparams: { p: 1.5 } }],
    [
      "KEYSTORE_INVALID: malformed: crypto.kdfparams.c",
      { crypto: { kdf: "pbkdf2", kdfparams: { ...pbkdf2, c: -1 } } },
    ],
    ["KEYSTORE_INVALID: not supported: memoryBytes", { kdfparams: { n: 2 ** 20, r: 8, p: 1 } }],
    ["KEYSTORE_INVALID: not supported: memoryBytes", { kdfparams: { n: 2, r: 2 ** 40, p: 1 } }],
    ["KEYSTORE_INVALID: not supported: memoryBytes", { kdfparams: { n: 2 ** 52, r: 2 ** 52, p: 1 } }],
    ["KEYSTORE_INVALID: not supported: memoryBytes", { kdfparams: { n: 2, r: 1, p: 2 ** 40 } }],
    ["KEYSTORE_INVALID: not supported: work", { kdfparams: { n: 2 ** 18, r: 8, p: 9 } }],
    ["KEYSTORE_INVALID: not supported: work", { kdfparams: { n: 2 ** 18, r: 1, p: 9 } }],
    [
      "KEYSTORE_INVALID: not supported: iterations",
      { crypto: { kdf: "pbkdf2", kdfparams: { ...pbkdf2, c: 10_000_001 } } },
    ],
  ])("%s: %j", async (expected, change) => {
    expect(refusalOf(await fileWith(change))).toBe(expected);
  });

  it.each(["", "{", "[]", "null", "3", '"text"', " ".repeat(65_537)])("KEYSTORE_INVALID: %.20j", (text) => {
    expect(refusalOf(text)).toBe("KEYSTORE_INVALID: malformed: file");
  });
});
