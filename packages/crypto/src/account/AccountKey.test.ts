import { bigintToBytes, bytesToHex, concatBytes } from "@trellis/base";
import { describe, expect, it } from "vitest";
import {
  mlDsa44,
  mlDsa65,
  privateKeyToAddress,
  publicKeyFromPrivate,
  recoverAddress,
  sign,
  verify,
} from "../index.ts";
import {
  accountKeyAddress,
  accountKeyFromSecret,
  accountKeyId,
  isAccountAlgorithm,
  isAccountPublicKey,
  newAccountSecret,
  recoverAccountKey,
  verifyAccountSignature,
} from "./index.ts";

const secret = new Uint8Array(32).fill(7);
const hash = new Uint8Array(32).fill(9);

describe.each([
  ["ml-dsa-44", mlDsa44],
  ["ml-dsa-65", mlDsa65],
] as const)("%s beside OpenSSL", (algorithm, openSsl) => {
  const key = accountKeyFromSecret(algorithm, secret);

  it("derives the same key, and each verifies the other's signatures", async () => {
    expect(key.publicKey).toEqual(openSsl.publicKeyFromSeed(secret));
    const signature = await key.sign(hash);
    expect(openSsl.verify(hash, signature, key.publicKey)).toBe(true);
    expect(verifyAccountSignature(hash, openSsl.sign(hash, secret), key)).toBe(true);
  });

  it("signs hedged, and refuses a changed or cut signature", async () => {
    const signature = await key.sign(hash);
    expect(await key.sign(hash)).not.toEqual(signature);
    const changed = signature.slice();
    changed[100]! ^= 1;
    for (const wrong of [changed, signature.subarray(1), new Uint8Array(0)])
      expect(verifyAccountSignature(hash, wrong, key)).toBe(false);
    expect(verifyAccountSignature(secret, signature, key)).toBe(false);
  });

  it("has the address of its id [TX-9]", () => {
    expect(accountKeyAddress(key)).toBe(`0x${accountKeyId(key).slice(26)}`);
  });
});

describe("secp256k1 beside libsecp256k1", () => {
  const key = accountKeyFromSecret("secp256k1", secret);

  it("signs the same bytes, with low s and the parity", async () => {
    const { r, s, yParity } = sign(hash, secret);
    const expected = concatBytes(bigintToBytes(r, 32), bigintToBytes(s, 32), Uint8Array.of(yParity));
    const signature = await key.sign(hash);
    expect(signature).toEqual(expected);
    expect(verify(hash, { r, s }, key.publicKey)).toBe(true);
    expect(verifyAccountSignature(hash, signature, key)).toBe(true);
    expect(recoverAccountKey(hash, signature)).toEqual(key.publicKey);
    expect(recoverAddress(hash, { r, s, yParity })).toEqual(privateKeyToAddress(secret));
  });

  it("opens Ethereum's address", () => {
    expect(accountKeyAddress(key)).toBe(bytesToHex(privateKeyToAddress(secret)));
    expect(isAccountPublicKey("secp256k1", key.publicKey)).toBe(true);
    expect(isAccountPublicKey("secp256k1", publicKeyFromPrivate(secret))).toBe(false);
    expect(isAccountPublicKey("secp256k1", new Uint8Array(33).fill(2, 0, 1))).toBe(false);
  });

  it("recovers no key from a malformed signature", () => {
    for (const wrong of [new Uint8Array(65), new Uint8Array(64), new Uint8Array(65).fill(255)])
      expect(recoverAccountKey(hash, wrong)).toBeUndefined();
  });
});

it("a new secret is redrawn until the curve has it", () => {
  const draws = [new Uint8Array(32).fill(255), new Uint8Array(32), secret];
  expect(newAccountSecret("secp256k1", { bytes: () => draws.shift()! })).toBe(secret);
  expect(newAccountSecret("ml-dsa-65", { bytes: () => new Uint8Array(32) })).toEqual(new Uint8Array(32));
});

it.each([
  ["secp256k1", new Uint8Array(32)],
  ["secp256k1", new Uint8Array(31).fill(1)],
  ["ml-dsa-65", new Uint8Array(33)],
] as const)("CRYPTO_KEY_INVALID: %s", (algorithm, wrong) => {
  expect(() => accountKeyFromSecret(algorithm, wrong)).toThrowError(
    expect.objectContaining({ code: "CRYPTO_KEY_INVALID" }),
  );
});

it("knows its algorithms only", () => {
  expect(isAccountAlgorithm("ml-dsa-65")).toBe(true);
  for (const wrong of ["ml-dsa-87", "toString", 2, undefined]) expect(isAccountAlgorithm(wrong)).toBe(false);
});
