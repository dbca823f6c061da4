import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusal } from "../testing/refusal.ts";
import { mlDsa44, mlDsa65 } from "./mlDsa.ts";

const message = new TextEncoder().encode("a message");
const seed = new Uint8Array(32).fill(9);

describe.each([mlDsa44, mlDsa65])("$name", (scheme) => {
  const publicKey = scheme.publicKeyFromSeed(seed);
  const signature = scheme.sign(message, seed);

  it("has the sizes of FIPS 204, table 2", () => {
    const sizes = { "ML-DSA-44": [1312, 2420], "ML-DSA-65": [1952, 3309] }[scheme.name];
    expect([publicKey.length, signature.length]).toEqual(sizes);
    expect([scheme.publicKeySize, scheme.signatureSize]).toEqual(sizes);
  });

  it("verifies its hedged signatures, and derives one key from one seed", () => {
    expect(scheme.verify(message, signature, publicKey)).toBe(true);
    expect(scheme.sign(message, seed)).not.toEqual(signature);
    expect(scheme.publicKeyFromSeed(seed)).toEqual(publicKey);
    expect(scheme.publicKeyFromSeed(new Uint8Array(32))).not.toEqual(publicKey);
  });

  it("refuses a signature after any change", () => {
    fc.assert(
      fc.property(fc.nat(signature.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = signature.slice();
        changed[at]! ^= change;
        expect(scheme.verify(message, changed, publicKey)).toBe(false);
      }),
      { numRuns: 200 },
    );
    expect(scheme.verify(message.subarray(1), signature, publicKey)).toBe(false);
    expect(scheme.verify(message, signature.subarray(1), publicKey)).toBe(false);
    expect(scheme.verify(message, new Uint8Array(0), publicKey)).toBe(false);
    expect(scheme.verify(message, signature, scheme.publicKeyFromSeed(new Uint8Array(32)))).toBe(false);
  });

  it("binds the context", () => {
    const context = new Uint8Array(255).fill(3);
    const bound = scheme.sign(message, seed, { context });
    expect(scheme.verify(message, bound, publicKey, { context })).toBe(true);
    expect(scheme.verify(message, bound, publicKey)).toBe(false);
    expect(scheme.verify(message, signature, publicKey, { context })).toBe(false);
    expect(scheme.verify(message, signature, publicKey, { context: new Uint8Array(0) })).toBe(true);
  });

  it("ARGUMENT_INVALID: a context has at most lengthMax bytes (FIPS 204)", () => {
    const context = new Uint8Array(256);
    expect(() => scheme.sign(message, seed, { context })).toThrow(
      refusal("ARGUMENT_INVALID: a context has at most lengthMax bytes (FIPS 204)"),
    );
    expect(() => scheme.verify(message, signature, publicKey, { context })).toThrow(
      refusal("ARGUMENT_INVALID: a context has at most lengthMax bytes (FIPS 204)"),
    );
  });

  it("CRYPTO_KEY_INVALID: private key", () => {
    expect(() => scheme.sign(message, seed.subarray(1))).toThrow(refusal("CRYPTO_KEY_INVALID: private key"));
    expect(() => scheme.publicKeyFromSeed(new Uint8Array(33))).toThrow(
      refusal("CRYPTO_KEY_INVALID: private key"),
    );
  });

  it("CRYPTO_KEY_INVALID: public key", () => {
    const short = publicKey.subarray(1);
    expect(() => scheme.verify(message, signature, short)).toThrow(refusal("CRYPTO_KEY_INVALID: public key"));
  });
});
