import { bytesToHex, hexToBytes } from "@trellis/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blsPublicKey, blsSecretFromSeed } from "../bls/bls.ts";
import {
  blsKeystoreToJson,
  decryptBlsKeystore,
  encryptBlsKeystore,
  parseBlsKeystore,
} from "./blsKeystore.ts";

const VECTOR = {
  password: "𝔱𝔢𝔰𝔱𝔭𝔞𝔰𝔰𝔴𝔬𝔯𝔡🔑",
  secret: "0x000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f",
  pubkey: "9612d7a727c9d0a22e185a1c768478dfe919cada9266988cb32359c11f2b7b27f4ae4040902382ae2910c15e2b420d07",
  salt: "d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3",
  iv: "264daa3f303d7259501c93d997d84fe6",
} as const;
const FILES = {
  scrypt: {
    params: { dklen: 32, n: 262_144, p: 1, r: 8, salt: VECTOR.salt },
    checksum: "d2217fe5f3e9a1e34581ef8a78f7c9928e436d36dacc5e846690a5581e8ea484",
    message: "06ae90d55fe0a6e9c5c3bc5b170827b2e5cce3929ed3f116c2811e6366dfe20f",
  },
  pbkdf2: {
    params: { dklen: 32, c: 262_144, prf: "hmac-sha256", salt: VECTOR.salt },
    checksum: "8a9f5d9912ed7e75ea794bc5a89bca5f193721d30868ade6f73043c6ea6febf1",
    message: "cee03fde2af33149775b7223e7845e4fb2c8ae1792e5f99fe9ecf474cc8c16ad",
  },
} as const;

const secret = blsSecretFromSeed(new Uint8Array(32).fill(3));
const cheap = { n: 2, r: 1, p: 1 };
let counter = 0;
const random = { bytes: (count: number) => new Uint8Array(count).fill(++counter) };
const cheapFile = async (): Promise<string> =>
  blsKeystoreToJson(await encryptBlsKeystore(secret, "password", random, cheap));

function vectorFile(name: keyof typeof FILES): string {
  const { params, checksum, message } = FILES[name];
  const crypto = {
    kdf: { function: name, params, message: "" },
    checksum: { function: "sha256", params: {}, message: checksum },
    cipher: { function: "aes-128-ctr", params: { iv: VECTOR.iv }, message },
  };
  return JSON.stringify({ crypto, pubkey: VECTOR.pubkey, path: "", uuid: "1", version: 4 });
}

describe("EIP-2335", () => {
  it.each(["scrypt", "pbkdf2"] as const)("decrypts the EIP's file with %s", async (name) => {
    const opened = await decryptBlsKeystore(parseBlsKeystore(vectorFile(name)), VECTOR.password);
    expect(bytesToHex(opened)).toBe(VECTOR.secret);
    expect(bytesToHex(blsPublicKey(hexToBytes(VECTOR.secret)))).toBe(`0x${VECTOR.pubkey}`);
  });

  it("survives a round trip for any control codes in the password", async () => {
    const keystore = await encryptBlsKeystore(secret, "pass\u007fword\n", random, cheap);
    const text = blsKeystoreToJson(keystore);
    expect(parseBlsKeystore(text)).toEqual(keystore);
    expect(text).not.toContain(bytesToHex(secret).slice(2));
    expect(await decryptBlsKeystore(keystore, "password")).toEqual(secret);
  });

  it("uses 256 MiB of scrypt by default", async () => {
    const { derivation } = await encryptBlsKeystore(secret, "password", random);
    expect(derivation).toMatchObject({ name: "scrypt", n: 262_144, r: 8, p: 1 });
  });

  it("KEYSTORE_PASSWORD_WRONG", async () => {
    const keystore = parseBlsKeystore(await cheapFile());
    await expect(decryptBlsKeystore(keystore, "another")).rejects.toMatchObject({
      code: "KEYSTORE_PASSWORD_WRONG",
    });
  });

  it("KEYSTORE_INVALID: another public key than the secret's", async () => {
    const keystore = { ...parseBlsKeystore(await cheapFile()), publicKey: new Uint8Array(48) };
    await expect(decryptBlsKeystore(keystore, "password")).rejects.toMatchObject({
      code: "KEYSTORE_INVALID",
      facts: { reason: "malformed", field: "pubkey", stated: `0x${"00".repeat(48)}` },
    });
  });

  it.each([
    ["KEYSTORE_INVALID: not supported", { version: 3 }],
    ["KEYSTORE_INVALID: malformed", { crypto: {} }],
    ["KEYSTORE_INVALID: malformed", { pubkey: "00" }],
    ["KEYSTORE_INVALID: malformed", { uuid: 7 }],
  ])("%s", async (expected, change) => {
    const [code, reason] = expected.split(": ");
    const text = JSON.stringify({ ...JSON.parse(await cheapFile()), ...change });
    expect(() => parseBlsKeystore(text)).toThrow(
      expect.objectContaining({ code, facts: expect.objectContaining({ reason }) }),
    );
  });

  it("reads every changed file or refuses it with a code", async () => {
    const text = await cheapFile();
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), fc.string({ maxLength: 4 }), (at, inserted) => {
        try {
          parseBlsKeystore(text.slice(0, at) + inserted + text.slice(at + 1));
        } catch (error) {
          expect(error).toHaveProperty("code", expect.stringMatching(/^KEYSTORE_/));
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
