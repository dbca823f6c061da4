import { bytesToHex } from "@trellis/base";
import { describe, expect, it } from "vitest";
import { decryptKeystore } from "../keystore/decryptKeystore.ts";
import { deriveKey } from "../keystore/deriveKey.ts";
import { encryptKeystore, keystoreToJson } from "../keystore/encryptKeystore.ts";
import { parseKeystore } from "../keystore/parseKeystore.ts";
import {
  accountKeyAddress,
  accountKeyFromSecret,
  accountKeystoreToJson,
  deriveInBrowser,
  encryptAccountKey,
  parseAccountKeyFile,
} from "./index.ts";

type Json = Record<string, unknown>;

const secret = new Uint8Array(32).fill(0x2a);
const password = "pässword 🔑";
const cheap = { n: 2, r: 1, p: 1 };
const account = `0x${"ab".repeat(20)}` as const;
let counter = 0;
const ports = { random: { bytes: (count: number) => new Uint8Array(count).fill(++counter) }, deriveKey };

const textOf = async (of: Parameters<typeof encryptAccountKey>[0], word = password): Promise<string> =>
  accountKeystoreToJson(await encryptAccountKey(of, word, ports, cheap));

const VERSION_1 =
  '{"format":"trellis-account-key","version":1,"id":"2eada870-50e1-4674-b3d8-3d48c41c807b","address":"0xabababababababababababababababababababab","algorithm":"secp256k1","publicKey":"0x035be5e9478209674a96e60f1f037f6176540fd001fa1d64694770c56a7709c42c","crypto":{"cipher":"aes-256-gcm","cipherparams":{"iv":"f039ba761ea6c381adc41af5"},"ciphertext":"02e9b3bf3f3fc2e9f07bb9d0f4b032dfaa348e3576e5a63599e9385ce5118d523bb756ede1f18e97b1a800f059de8056","kdf":"scrypt","kdfparams":{"dklen":32,"n":2,"r":1,"p":1,"salt":"390b238bc8330eb8714a91fa293c2c160350c90bec1e44c8cf629bf43886e1a2"}}}';

async function changed(change: { file?: Json; crypto?: Json; kdfparams?: Json }): Promise<string> {
  const file = JSON.parse(await textOf({ algorithm: "ml-dsa-65", secret, address: account }));
  file.crypto.kdfparams = { ...file.crypto.kdfparams, ...change.kdfparams };
  file.crypto = { ...file.crypto, ...change.crypto };
  return JSON.stringify({ ...file, ...change.file });
}

describe.each(["ml-dsa-65", "ml-dsa-44", "secp256k1"] as const)("key file of %s", (algorithm) => {
  it("decrypts with the password, for the account that it names [TX-15]", async () => {
    const text = await textOf({ algorithm, secret, address: account });
    const file = parseAccountKeyFile(text);
    const { publicKey } = accountKeyFromSecret(algorithm, secret);
    expect(file).toMatchObject({ address: account, algorithm, publicKey });
    expect(await file.decrypt(password, deriveKey)).toEqual(secret);
    expect(text).not.toContain(bytesToHex(secret).slice(2));
  });

  it("is of the key's own account by default", async () => {
    const { address } = parseAccountKeyFile(await textOf({ algorithm, secret }));
    expect(address).toBe(accountKeyAddress(accountKeyFromSecret(algorithm, secret)));
  });
});

describe("account key files", () => {
  it("cost what geth's cost by default", async () => {
    const { derivation } = await encryptAccountKey({ algorithm: "ml-dsa-65", secret }, password, ports);
    expect(derivation).toMatchObject({ name: "scrypt", n: 262_144, r: 8, p: 1 });
  });

  it("of earlier versions stay readable", async () => {
    const file = parseAccountKeyFile(VERSION_1);
    expect(file).toMatchObject({ address: account, algorithm: "secp256k1" });
    expect(await file.decrypt(password, deriveKey)).toEqual(secret);
  });

  it("accept the password of another keyboard: composed or decomposed, with control codes", async () => {
    const file = parseAccountKeyFile(await textOf({ algorithm: "ml-dsa-65", secret }, "p\u00e4ss"));
    expect(await file.decrypt("pa\u0308ss\n", deriveKey)).toEqual(secret);
  });

  it("of Ethereum wallets are read, too", async () => {
    const keystore = await encryptKeystore(secret, password, ports.random, cheap);
    const text = keystoreToJson(keystore);
    const file = parseAccountKeyFile(text);
    expect(file).toMatchObject({ algorithm: "secp256k1", publicKey: undefined });
    expect(file.address).toBe(accountKeyAddress(accountKeyFromSecret("secp256k1", secret)));
    expect(await file.decrypt(password, deriveKey)).toEqual(secret);
    expect(await file.decrypt(password, deriveInBrowser())).toEqual(secret);
    expect(await decryptKeystore(parseKeystore(text), password)).toEqual(secret);
  });

  it("are no keystores of Ethereum wallets, which would take the seed for a private key", async () => {
    const text = await textOf({ algorithm: "ml-dsa-65", secret });
    expect(() => parseKeystore(text)).toThrowError(expect.objectContaining({ code: "KEYSTORE_INVALID" }));
  });

  it("KEYSTORE_PASSWORD_WRONG: another password, or any changed field", async () => {
    const text = await textOf({ algorithm: "ml-dsa-65", secret, address: account });
    const refusal = { code: "KEYSTORE_PASSWORD_WRONG" };
    await expect(parseAccountKeyFile(text).decrypt("other", deriveKey)).rejects.toMatchObject(refusal);
    const { publicKey } = JSON.parse(await textOf({ algorithm: "ml-dsa-65", secret: new Uint8Array(32) }));
    const { ciphertext } = JSON.parse(text).crypto;
    const swapped: Parameters<typeof changed>[0][] = [
      { file: { address: `0x${"cd".repeat(20)}` } },
      { file: { publicKey } },
      { crypto: { ciphertext: `00${ciphertext.slice(2)}` } },
      { kdfparams: { n: 4 } },
    ];
    for (const change of swapped)
      await expect(
        parseAccountKeyFile(await changed(change)).decrypt(password, deriveKey),
      ).rejects.toMatchObject(refusal);
  });

  it.each([
    ["not supported: format", { file: { format: "other" } }],
    ["not supported: format", { file: { format: null } }],
    ["not supported: version", { file: { version: 2 } }],
    ["not supported: version", { file: { version: "1" } }],
    ["not supported: algorithm", { file: { algorithm: "ml-dsa-87" } }],
    ["not supported: algorithm", { file: { algorithm: "toString" } }],
    ["not supported: algorithm", { file: { algorithm: 2 } }],
    ["malformed: publicKey", { file: { algorithm: "ml-dsa-44" } }],
    ["malformed: publicKey", { file: { publicKey: "0x00" } }],
    ["malformed: publicKey", { file: { publicKey: "00".repeat(1953) } }],
    ["malformed: address", { file: { address: "0xab" } }],
    ["malformed: address", { file: { address: undefined } }],
    ["malformed: id", { file: { id: 5 } }],
    ["malformed: crypto", { file: { crypto: null } }],
    ["not supported: crypto.cipher", { crypto: { cipher: "aes-128-ctr" } }],
    ["malformed: crypto.ciphertext", { crypto: { ciphertext: "00".repeat(47) } }],
    ["malformed: crypto.cipherparams.iv", { crypto: { cipherparams: { iv: "00".repeat(16) } } }],
    ["not supported: crypto.kdf", { crypto: { kdf: "argon2id" } }],
    ["not supported: memoryBytes", { kdfparams: { n: 2 ** 20, r: 8, p: 1 } }],
  ])("KEYSTORE_INVALID: %s: %.60j", async (expected, change) => {
    const text = await changed(change);
    let found = "";
    try {
      parseAccountKeyFile(text);
    } catch (error) {
      const { code, facts } = error as { code: string; facts: Json };
      found = `${code}: ${facts.reason}: ${facts.field ?? facts.cost}`;
    }
    expect(found).toBe(`KEYSTORE_INVALID: ${expected}`);
  });

  it("CRYPTO_KEY_INVALID: encrypts no invalid key", async () => {
    await expect(textOf({ algorithm: "secp256k1", secret: new Uint8Array(32) })).rejects.toMatchObject({
      code: "CRYPTO_KEY_INVALID",
    });
  });
});

describe("derivation in browsers", () => {
  it.each([
    { name: "scrypt", n: 1024, r: 8, p: 2, salt: new Uint8Array(32).fill(3) },
    { name: "scrypt", n: 65_536, r: 1, p: 2, salt: new Uint8Array(0) },
    { name: "pbkdf2", iterations: 1_000, salt: new Uint8Array(16).fill(3) },
  ] as const)("gives the key of OpenSSL: %j", async (derivation) => {
    const seen: number[] = [];
    const derived = await deriveInBrowser((progress) => seen.push(progress))(password, derivation);
    expect(derived).toEqual(new Uint8Array(await deriveKey(password, derivation)));
    if (derivation.name === "scrypt") expect(seen.at(-1)).toBe(1);
  });
});
