import { bls12_381 } from "@noble/curves/bls12-381.js";
import { concatBytes } from "@trellis/base";
import { blsProvePossession, blsPublicKey, blsSecretFromSeed, blsSign } from "@trellis/crypto";
import { FORKS } from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blsPossession } from "./blsPossession.ts";
import { trellisPrecompiles } from "./precompiles.ts";

const GAS = 180_400;
const [secret, otherSecret] = [1, 2].map((byte) => blsSecretFromSeed(new Uint8Array(32).fill(byte))) as [
  Uint8Array,
  Uint8Array,
];
const [key, otherKey] = [secret, otherSecret].map(blsPublicKey) as [Uint8Array, Uint8Array];
const owner = new Uint8Array(20).fill(0xaa);
const other = new Uint8Array(20).fill(0xab);
const proof = blsProvePossession(secret, owner);
const infinity = (bytes: number) => Uint8Array.of(0xc0, ...new Uint8Array(bytes - 1));

function answer(...input: readonly Uint8Array[]): number {
  const result = blsPossession(concatBytes(...input), GAS)!;
  expect(result.gasUsed).toBe(GAS);
  expect(result.output).toHaveLength(32);
  expect(result.output.subarray(0, 31)).toEqual(new Uint8Array(31));
  return result.output[31]!;
}

describe("EVM-12: proof of possession", () => {
  it("is valid only for its key and its owner", () => {
    expect(trellisPrecompiles(FORKS.osaka).get(0x13)).toBe(blsPossession);
    expect(answer(key, proof, owner)).toBe(1);
    expect(answer(key, proof, other)).toBe(0);
    expect(answer(otherKey, proof, owner)).toBe(0);
    expect(answer(key, blsProvePossession(otherSecret, owner), owner)).toBe(0);
    expect(answer(key, blsSign(concatBytes(key, owner), secret), owner)).toBe(0);
  });

  it("is invalid for a key derived from other keys", () => {
    const { Point } = bls12_381.G1;
    const rogue = Point.fromBytes(otherKey).subtract(Point.fromBytes(key)).toBytes(true);
    for (const signer of [secret, otherSecret]) {
      expect(answer(rogue, blsProvePossession(signer, owner), owner)).toBe(0);
    }
  });

  it("returns false for any other bytes: of other lengths, damaged, points at infinity", () => {
    expect(answer()).toBe(0);
    expect(answer(key, proof, owner, new Uint8Array(1))).toBe(0);
    expect(answer(key, proof, owner.slice(1))).toBe(0);
    expect(answer(infinity(48), infinity(96), owner)).toBe(0);
    expect(answer(key, infinity(96), owner)).toBe(0);
    fc.assert(
      fc.property(fc.nat({ max: 163 }), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const input = concatBytes(key, proof, owner);
        input[at]! ^= mask;
        expect(answer(input)).toBe(0);
      }),
      { numRuns: 50 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 164, maxLength: 164 }), (input) => answer(input) === 0),
      {
        numRuns: 50,
      },
    );
  });

  it("does nothing below its price", () => {
    expect(blsPossession(concatBytes(key, proof, owner), GAS - 1)).toMatchObject({ gasUsed: GAS });
    expect(blsPossession(concatBytes(key, proof, owner), GAS - 1)!.output).toHaveLength(0);
  });
});
