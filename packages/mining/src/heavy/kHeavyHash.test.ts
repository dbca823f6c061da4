import { keccakP } from "@noble/hashes/sha3.js";
import { cshake256 } from "@noble/hashes/sha3-addons.js";
import { bytesToBigint, bytesToHex, hexToBytes } from "@trellis/base";
import { compactToTarget } from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cShake256State, padCShake256 } from "./cShake256.ts";
import { heavyMatrix, MATRIX_SIZE, rankOf } from "./heavyMatrix.ts";
import { multiplyDigest, packRowPairs } from "./heavyProduct.ts";
import { keccakF1600 } from "./keccakF1600.ts";
import { createHeavyHasher } from "./kHeavyHash.ts";

const row = (matrix: Uint8Array, index: number) => [
  ...matrix.subarray(index * MATRIX_SIZE, (index + 1) * MATRIX_SIZE),
];
const hexRow = (numbers: readonly number[]) => numbers.map((number) => number.toString(16)).join("");
const digests = fc.uint8Array({ minLength: 32, maxLength: 32 });
const seeds = digests.filter((seed) => seed.some((byte) => byte !== 0));

describe("keccakF1600", () => {
  it("permutes like a second implementation", () => {
    fc.assert(
      fc.property(fc.int32Array({ minLength: 50, maxLength: 50 }), (state) => {
        const theirs = Uint32Array.from(state);
        keccakP(theirs, 24);
        const ours = state.slice();
        keccakF1600(ours);
        expect(Uint32Array.from(ours)).toEqual(theirs);
      }),
    );
  });
});

describe("cShake256", () => {
  it.each(["ProofOfWorkHash", "HeavyHash", "x"])("equals a second implementation for %s", (domain) => {
    const message = Uint8Array.from({ length: 80 }, (_, index) => index);
    const state = cShake256State(domain);
    const bytes = new Uint8Array(state.buffer);
    for (const [index, byte] of message.entries()) bytes[index]! ^= byte;
    padCShake256(state, message.length);
    keccakF1600(state);
    expect(bytesToHex(bytes.subarray(0, 32))).toBe(
      bytesToHex(cshake256(message, { personalization: new TextEncoder().encode(domain), dkLen: 32 })),
    );
  });
});

describe("heavyMatrix", () => {
  it("equals Kaspa's for the seed of its test", () => {
    const matrix = heavyMatrix(new Uint8Array(32).fill(42));
    expect(hexRow(row(matrix, 0))).toBe("4545454545454545f3f3f3f3f3f3f3f32a2a2a2a2a2a2a2ae122ea4c4caaaaaa");
    expect(hexRow(row(matrix, 63))).toBe("a5bec1c7c8a56a0756bbdc0d06b0e421c71a7f53ef1312a4b82b2554f5a3172e");
  });

  it("has full rank, for any seed", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const matrix = heavyMatrix(seed);
        expect(rankOf(matrix)).toBe(64);
        expect(Math.max(...matrix)).toBeLessThan(16);
      }),
      { numRuns: 100 },
    );
  });

  it("computes ranks", () => {
    expect(rankOf(new Uint8Array(4096))).toBe(0);
    const identity = Uint8Array.from({ length: 4096 }, (_, index) => (index % 65 === 0 ? 1 : 0));
    expect(rankOf(identity)).toBe(64);
    const matrix = heavyMatrix(new Uint8Array(32).fill(1));
    matrix.copyWithin(0, 64, 128);
    expect(rankOf(matrix)).toBe(63);
  });
});

describe("multiplyDigest", () => {
  it("equals the product of the definition", () => {
    fc.assert(
      fc.property(seeds, digests, (seed, digest) => {
        const matrix = heavyMatrix(seed);
        const product = digest.slice();
        multiplyDigest(packRowPairs(matrix), product, new Uint8Array(64));
        expect(product).toEqual(productByDefinition(matrix, digest));
      }),
      { numRuns: 50 },
    );
  });

  it("represents the greatest sums", () => {
    const matrix = new Uint8Array(4096).fill(15);
    const digest = new Uint8Array(32).fill(255);
    const product = digest.slice();
    multiplyDigest(packRowPairs(matrix), product, new Uint8Array(64));
    expect(product).toEqual(productByDefinition(matrix, digest));
  });
});

describe("createHeavyHasher", () => {
  /**
   * rusty-kaspa, consensus/core/src/config/genesis.rs. `prePowHash` is the keyed BLAKE2b-256 of the header
   * with timestamp and nonce zero.
   */
  it.each([
    {
      network: "testnet",
      prePowHash: "0xf8a14d381ea0ba5b0c169e8a41c222bce2fa42f4631d9fe4d226456006d7ea3d",
      nonce: 0x14582,
      bits: 0x1e7fffff,
      value: 0x1a5067451653f51227ec8487ef8ef5d55c021f277c86f76d206b30e1aa91n,
    },
    {
      network: "simnet",
      prePowHash: "0x065c9ca83101011c4cdd02e20b9cdeaf264eb02951b2b10b77c12e1e85c5a5ca",
      nonce: 2,
      bits: 0x207fffff,
      value: 0x7a6b0ec71ef146f3f608bed3413ff2090b94a8218d4be81877b2ae51dbb496c7n,
    },
  ])("accepts the genesis block of Kaspa's $network as mined", ({ prePowHash, nonce, bits, value }) => {
    const digest = createHeavyHasher(hexToBytes(prePowHash), 0x17c5f62fbb6n)(nonce, 0);
    expect(bytesToBigint(digest.slice().reverse())).toBe(value);
    expect(value <= compactToTarget(bits)).toBe(true);
  });

  it("depends on every part of nonce and timestamp", () => {
    const root = new Uint8Array(32).fill(3);
    const hash = (timestamp: bigint, low: number, high: number) =>
      bytesToHex(createHeavyHasher(root, timestamp)(low, high));
    const digestsSeen = [
      hash(0n, 0, 0),
      hash(1n, 0, 0),
      hash(1n << 63n, 0, 0),
      hash(0n, 1, 0),
      hash(0n, 0xffff_ffff, 0),
      hash(0n, 0, 1),
    ];
    expect(new Set(digestsSeen).size).toBe(digestsSeen.length);
  });
});

function productByDefinition(matrix: Uint8Array, digest: Uint8Array): Uint8Array {
  const halves = [...digest].flatMap((byte) => [byte >> 4, byte & 15]);
  const sums = Array.from({ length: 64 }, (_, index) =>
    row(matrix, index).reduce((sum, number, column) => sum + number * halves[column]!, 0),
  );
  return digest.map((byte, index) => byte ^ (((sums[2 * index]! >> 10) << 4) | (sums[2 * index + 1]! >> 10)));
}
