import { secp256k1 as noble } from "@noble/curves/secp256k1.js";
import { bytesToBigint, bytesToHex, hexToBytes, isTrellisError } from "@trellis/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keccak256 } from "../hashes/keccak256.ts";
import { privateKeyToAddress, publicKeyFromPrivate, publicKeyToAddress } from "./keys.ts";
import { recoverAddress, recoverPublicKey } from "./recover.ts";
import { sign } from "./sign.ts";
import { checkSignature, SECP256K1_HALF_ORDER, SECP256K1_ORDER, type Signature } from "./signature.ts";
import { verify } from "./verify.ts";

const EXAMPLE = {
  privateKey: hexToBytes(`0x${"46".repeat(32)}`),
  hash: hexToBytes("0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53"),
  r: 0x28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276n,
  s: 0x67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83n,
  address: "0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f",
};
const { hash, privateKey } = EXAMPLE;
const good: Signature = { r: EXAMPLE.r, s: EXAMPLE.s, yParity: 0 };
const codeOf = (action: () => unknown): unknown => {
  try {
    return action();
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    const about = error.facts.kind ?? error.facts.rule ?? error.facts.reason;
    return about === undefined ? error.code : `${error.code}: ${about}`;
  }
};

const privateKeys = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .filter((key) => noble.utils.isValidSecretKey(key));
const hashes = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe("signing and recovery", () => {
  it("reproduces EIP-155's example", () => {
    expect(sign(hash, privateKey)).toEqual(good);
    expect(bytesToHex(recoverAddress(hash, good))).toBe(EXAMPLE.address);
    expect(bytesToHex(privateKeyToAddress(privateKey))).toBe(EXAMPLE.address);
  });

  it("equals a second implementation, with low s, and recovers the key", () => {
    fc.assert(
      fc.property(hashes, privateKeys, (anyHash, key) => {
        const signature = sign(anyHash, key);
        const theirs = noble.sign(anyHash, key, { prehash: false, lowS: true, format: "recovered" });
        expect(signature.yParity).toBe(theirs[0]);
        expect(signature.r).toBe(bytesToBigint(theirs.subarray(1, 33)));
        expect(signature.s).toBe(bytesToBigint(theirs.subarray(33, 65)));
        expect(signature.s <= SECP256K1_HALF_ORDER).toBe(true);
        expect(recoverPublicKey(anyHash, signature)).toEqual(publicKeyFromPrivate(key));
        expect(verify(anyHash, signature, publicKeyFromPrivate(key))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it("accepts compressed keys, and no signature over another hash or by another key", () => {
    const publicKey = publicKeyFromPrivate(privateKey);
    const compressed = noble.getPublicKey(privateKey, true);
    expect(verify(hash, good, compressed)).toBe(true);
    expect(verify(keccak256(hash), good, publicKey)).toBe(false);
    expect(verify(hash, good, publicKeyFromPrivate(hash))).toBe(false);
    expect(verify(hash, { r: 0n, s: good.s }, publicKey)).toBe(false);
    expect(bytesToHex(publicKeyToAddress(compressed))).toBe(EXAMPLE.address);
    expect(bytesToHex(publicKeyToAddress(publicKey))).toBe(EXAMPLE.address);
  });
});

describe("refusals", () => {
  const high: Signature = { r: good.r, s: SECP256K1_ORDER - good.s, yParity: 1 };

  it("SIGNATURE_OUT_OF_RANGE, s is above half of the order, unless the caller allows it", () => {
    expect(codeOf(() => recoverAddress(hash, high))).toBe(
      "SIGNATURE_OUT_OF_RANGE: s is above half of the order",
    );
    expect(bytesToHex(recoverAddress(hash, high, { allowHighS: true }))).toBe(EXAMPLE.address);
    const publicKey = publicKeyFromPrivate(privateKey);
    expect(verify(hash, high, publicKey)).toBe(false);
    expect(verify(hash, high, publicKey, { allowHighS: true })).toBe(true);
  });

  it("accepts s up to exactly half of the order", () => {
    const withS = (s: bigint) => codeOf(() => checkSignature({ ...good, s }));
    expect(withS(SECP256K1_HALF_ORDER)).toBeUndefined();
    expect(withS(SECP256K1_HALF_ORDER + 1n)).toBe("SIGNATURE_OUT_OF_RANGE: s is above half of the order");
  });

  it.each([
    ["r = 0", { r: 0n }],
    ["r = order", { r: SECP256K1_ORDER }],
    ["r negative", { r: -1n }],
    ["r of 300 bits", { r: 1n << 300n }],
    ["s = 0", { s: 0n }],
    ["s = order", { s: SECP256K1_ORDER }],
    ["yParity 2", { yParity: 2 as 0 }],
  ])("SIGNATURE_OUT_OF_RANGE: %s", (_, part) => {
    const signature = { ...good, ...part };
    expect(codeOf(() => recoverAddress(hash, signature, { allowHighS: true }))).toBe(
      "SIGNATURE_OUT_OF_RANGE",
    );
  });

  it("SIGNATURE_UNRECOVERABLE: r is not an abscissa", () => {
    expect(codeOf(() => recoverAddress(hash, { ...good, r: 5n }))).toBe("SIGNATURE_UNRECOVERABLE");
  });

  it("ARGUMENT_INVALID: a hash has 32 bytes", () => {
    const short = hash.subarray(1);
    expect(codeOf(() => sign(short, privateKey))).toBe("ARGUMENT_INVALID: a hash has 32 bytes");
    expect(codeOf(() => recoverAddress(short, good))).toBe("ARGUMENT_INVALID: a hash has 32 bytes");
    expect(codeOf(() => verify(short, good, publicKeyFromPrivate(privateKey)))).toBe(
      "ARGUMENT_INVALID: a hash has 32 bytes",
    );
  });

  it.each([
    ["31 bytes", new Uint8Array(31).fill(1)],
    ["zero", new Uint8Array(32)],
    ["beyond the order", new Uint8Array(32).fill(255)],
  ])("CRYPTO_KEY_INVALID, private key: %s, without showing the key", (_, key) => {
    expect(codeOf(() => sign(hash, key))).toBe("CRYPTO_KEY_INVALID: private key");
    expect(codeOf(() => publicKeyFromPrivate(key))).toBe("CRYPTO_KEY_INVALID: private key");
    expect(codeOf(() => privateKeyToAddress(key))).toBe("CRYPTO_KEY_INVALID: private key");
  });

  it("CRYPTO_KEY_INVALID, public key: wrong length, not on the curve, hybrid encoding", () => {
    const offCurve = publicKeyFromPrivate(privateKey);
    offCurve[64]! ^= 1;
    const hybrid = publicKeyFromPrivate(privateKey);
    hybrid[0] = 6 + (hybrid[64]! & 1);
    for (const key of [new Uint8Array(64), new Uint8Array(0), offCurve, hybrid]) {
      expect(codeOf(() => publicKeyToAddress(key))).toBe("CRYPTO_KEY_INVALID: public key");
      expect(codeOf(() => verify(hash, good, key))).toBe("CRYPTO_KEY_INVALID: public key");
    }
  });
});
