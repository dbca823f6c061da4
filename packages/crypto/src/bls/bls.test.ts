import { bls12_381 } from "@noble/curves/bls12-381.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  blsAggregate,
  blsProvePossession,
  blsPublicKey,
  blsSecretFromSeed,
  blsSign,
  blsVerify,
  blsVerifyAggregate,
  blsVerifyEach,
  blsVerifyPossession,
} from "./bls.ts";

const secrets = [1, 2, 3].map((byte) => blsSecretFromSeed(new Uint8Array(32).fill(byte)));
const keys = secrets.map(blsPublicKey);
const message = new TextEncoder().encode("checkpoint 7");
const OWNER = new Uint8Array(20).fill(0xaa);
const INFINITY_KEY = Uint8Array.of(0xc0, ...new Uint8Array(47));
const INFINITY_SIGNATURE = Uint8Array.of(0xc0, ...new Uint8Array(95));

describe("BLS on BLS12-381", () => {
  it("produces the keys and signatures of @noble/curves", () => {
    const { longSignatures } = bls12_381;
    for (const [index, secret] of secrets.entries()) {
      expect(keys[index]).toEqual(longSignatures.getPublicKey(secret).toBytes(true));
      const point = longSignatures.hash(message, "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_");
      expect(blsSign(message, secret)).toEqual(longSignatures.sign(point, secret).toBytes(true));
    }
  });

  it("accepts a valid signature, and none over another message or by another key", () => {
    const signature = blsSign(message, secrets[0]!);
    expect(blsVerify(message, signature, keys[0]!)).toBe(true);
    expect(blsVerify(message, signature, keys[1]!)).toBe(false);
    expect(blsVerify(message.slice(1), signature, keys[0]!)).toBe(false);
  });

  it("verifies an aggregate only by the keys that signed", () => {
    const aggregate = blsAggregate(secrets.map((secret) => blsSign(message, secret)));
    expect(blsVerifyAggregate(message, aggregate, keys)).toBe(true);
    expect(blsVerifyAggregate(message, aggregate, keys.slice(1))).toBe(false);
    expect(blsVerifyAggregate(message, aggregate, [...keys, keys[0]!])).toBe(false);
    expect(blsVerifyAggregate(message, aggregate, [])).toBe(false);
  });

  it("verifies signatures of one message together, and each of them counts", async () => {
    const signed = secrets.map((secret, index) => ({
      signature: blsSign(message, secret),
      publicKey: keys[index]!,
    }));
    expect(await blsVerifyEach(message, signed)).toBe(true);
    expect(await blsVerifyEach(message, signed.slice(1))).toBe(true);
    expect(await blsVerifyEach(message, [])).toBe(false);
    // The plain sum of these signatures is valid.
    const swapped = signed.map((each, index) => ({ ...each, signature: signed[(index + 1) % 3]!.signature }));
    const wrong = [blsSign(OWNER, secrets[0]!), new Uint8Array(96), new Uint8Array(95), INFINITY_SIGNATURE];
    for (const others of [swapped, ...wrong.map((signature) => [{ ...signed[0]!, signature }])]) {
      expect(await blsVerifyEach(message, [...others, ...signed.slice(others.length)])).toBe(false);
    }
    expect(await blsVerifyEach(message, [{ ...signed[0]!, publicKey: new Uint8Array(48) }])).toBe(false);
  });

  it("a key derived from other keys cannot prove its possession", () => {
    const G1 = bls12_381.G1.Point;
    const rogue = G1.fromBytes(keys[1]!).subtract(G1.fromBytes(keys[0]!)).toBytes(true);
    const forged = blsSign(message, secrets[1]!);
    expect(blsVerifyAggregate(message, forged, [keys[0]!, rogue])).toBe(true);
    for (const secret of secrets) {
      expect(blsVerifyPossession(rogue, OWNER, blsProvePossession(secret, OWNER))).toBe(false);
    }
  });

  it("a proof of possession is bound to its owner, and is not a vote", () => {
    const proof = blsProvePossession(secrets[0]!, OWNER);
    expect(blsVerifyPossession(keys[0]!, OWNER, proof)).toBe(true);
    expect(blsVerifyPossession(keys[0]!, new Uint8Array(20), proof)).toBe(false);
    expect(blsVerifyPossession(keys[0]!, OWNER, blsSign(keys[0]!, secrets[0]!))).toBe(false);
  });

  it("refuses the point at infinity and other encodings", () => {
    expect(blsVerify(message, INFINITY_SIGNATURE, INFINITY_KEY)).toBe(false);
    const uncompressed = bls12_381.G1.Point.fromBytes(keys[0]!).toBytes(false);
    const signature = blsSign(message, secrets[0]!);
    expect(blsVerify(message, signature, keys[0]!)).toBe(true);
    expect(blsVerify(message, signature, uncompressed)).toBe(false);
  });

  it("returns false for any other bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), (key, signature) => {
        expect(blsVerify(message, signature, key)).toBe(false);
        expect(blsVerify(message, signature, keys[0]!)).toBe(false);
      }),
    );
  });

  it("CRYPTO_KEY_INVALID, private key", () => {
    for (const secret of [new Uint8Array(32), new Uint8Array(31).fill(1), new Uint8Array(32).fill(0xff)]) {
      expect(() => blsSign(message, secret)).toThrow(
        expect.objectContaining({
          code: "CRYPTO_KEY_INVALID",
          facts: expect.objectContaining({ kind: "private key" }),
        }),
      );
    }
    expect(() => blsSecretFromSeed(new Uint8Array(31))).toThrow(
      expect.objectContaining({
        code: "CRYPTO_KEY_INVALID",
        facts: expect.objectContaining({ kind: "private key" }),
      }),
    );
  });

  it("ARGUMENT_INVALID: signatures that cannot be aggregated", () => {
    for (const signatures of [
      [],
      [new Uint8Array(96)],
      [blsSign(message, secrets[0]!), new Uint8Array(95)],
    ]) {
      expect(() => blsAggregate(signatures)).toThrow(
        expect.objectContaining({
          code: "ARGUMENT_INVALID",
          facts: expect.objectContaining({ rule: "only verified signatures are aggregated, at least one" }),
        }),
      );
    }
  });
});
