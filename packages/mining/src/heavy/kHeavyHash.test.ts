import { keccakP } from "@noble/hashes/sha3.js";
import { cshake256 } from "@noble/hashes/sha3-addons.js";
import { bytesToBigint, bytesToHex, hexToBytes } from "@trellis/base";
import { compactToTarget } from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cShake256State, padCShake256 } from "./cShake256.ts";
import { MATRIX_SIZE } from "./drawMatrix.ts";
import { createHeavyKernel } from "./heavyKernel.ts";
import { heavyMatrix } from "./heavyMatrix.ts";
import { multiplyDigest, packRowPairs } from "./heavyProduct.ts";
import { createHeavySearch } from "./heavySearch.ts";
import { keccakF1600 } from "./keccakF1600.ts";
import { createHeavyHasher } from "./kHeavyHash.ts";
import { differingHeaders } from "./testing/differingHeaders.ts";
import { rankOf } from "./testing/rankOf.ts";

/** `.ci/nightly` tries 10,000. */
const HEADERS = Number(process.env.TRELLIS_MINING_HEADERS ?? 1_000);

const hasherOf = (root: Uint8Array, timestamp: bigint) =>
  createHeavyHasher(root, timestamp, heavyMatrix(root));

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

  const kernel = createHeavyKernel();

  it.each([
    ["the kernel", kernel.rank],
    ["the reference", rankOf],
  ])("computes ranks with %s", (_, rank) => {
    expect(rank(new Uint8Array(4096))).toBe(0);
    const identity = Uint8Array.from({ length: 4096 }, (_, index) => (index % 65 === 0 ? 1 : 0));
    expect(rank(identity)).toBe(64);
    const matrix = heavyMatrix(new Uint8Array(32).fill(1));
    matrix.copyWithin(0, 64, 128);
    expect(rank(matrix)).toBe(63);
  });

  it("rounds ranks of dependent rows like the reference", () => {
    // Sums of few rows are singular only up to rounding, and zeros move the pivots.
    const draws = fc.tuple(
      fc.integer({ min: 1, max: 64 }),
      fc.array(fc.tuple(fc.nat(63), fc.nat(63)), { maxLength: 64 }),
      fc.uint8Array({ minLength: 4096, maxLength: 4096, max: 15 }),
      fc.integer({ min: 0, max: 15 }),
    );
    fc.assert(
      fc.property(draws, ([width, copies, numbers, floor]) => {
        const matrix = numbers.map((number, index) =>
          number < floor || index % MATRIX_SIZE >= width ? 0 : number,
        );
        for (const [from, to] of copies)
          for (let column = 0; column < MATRIX_SIZE; column++)
            matrix[to * MATRIX_SIZE + column]! += matrix[from * MATRIX_SIZE + column]!;
        expect(kernel.rank(matrix)).toBe(rankOf(matrix));
      }),
      { numRuns: 300 },
    );
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
    const digest = hasherOf(hexToBytes(prePowHash), 0x17c5f62fbb6n)(nonce, 0);
    expect(bytesToBigint(digest.slice().reverse())).toBe(value);
    expect(value <= compactToTarget(bits)).toBe(true);
  });

  it("depends on every part of nonce and timestamp", () => {
    const root = new Uint8Array(32).fill(3);
    const hash = (timestamp: bigint, low: number, high: number) =>
      bytesToHex(hasherOf(root, timestamp)(low, high));
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

describe("createHeavySearch", () => {
  const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  const searchOf = (root: Uint8Array, timestamp = 0n) =>
    createHeavySearch(root, timestamp, heavyMatrix(root))!;
  const topOf = (digest: Uint8Array) => new DataView(digest.buffer).getBigUint64(24, true);
  const topOfNonce = (hasher: ReturnType<typeof createHeavyHasher>, nonce: bigint) =>
    topOf(hasher(Number(nonce & 0xffff_ffffn), Number(nonce >> 32n)));

  it(
    "agrees with plain code on random headers",
    () => expect(differingHeaders(HEADERS)).toEqual([]),
    600_000,
  );

  const root = new Uint8Array(32).fill(3);
  const { search, ...kernel } = createHeavyKernel();

  it.each<[string, (index: number, count: number) => number]>([
    ["find nothing", (_, count) => count],
    ["find everything", () => 0],
    ...[0, 1, 2, 3].map((lane): [string, (index: number, count: number) => number] => [
      `are blind in lane ${lane}`,
      (index, count) => (index === lane ? count : index),
    ]),
  ])("is undefined for vectors that %s", (_, change) => {
    const wrong: typeof search = (first, stride, count, limit) =>
      change(search(first, stride, count, limit), count);
    const of = (searched: typeof search) =>
      createHeavySearch(root, 0n, heavyMatrix(root), undefined, { ...kernel, search: searched });
    expect(of(wrong)).toBe(undefined);
    expect(of(search)).toBeTypeOf("function");
  });

  it("finds the first nonce of a row, modulo 2^64", () => {
    fc.assert(
      fc.property(
        seeds,
        uint64,
        uint64,
        fc.integer({ min: 0, max: 9 }),
        fc.nat(9),
        (root, first, stride, count, of) => {
          const hasher = hasherOf(root, 0n);
          const tops = Array.from({ length: count }, (_, index) =>
            topOfNonce(hasher, BigInt.asUintN(64, first + BigInt(index) * stride)),
          );
          const limit = tops[of % Math.max(count, 1)] ?? 0n;
          const expected = tops.findIndex((top) => top <= limit);
          expect(searchOf(root)(first, stride, count, limit)).toBe(expected === -1 ? count : expected);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("accepts the genesis block of Kaspa's testnet as mined", () => {
    const root = hexToBytes("0xf8a14d381ea0ba5b0c169e8a41c222bce2fa42f4631d9fe4d226456006d7ea3d");
    const limit = compactToTarget(0x1e7fffff) >> 192n;
    expect(searchOf(root, 0x17c5f62fbb6n)(0x14582n - 7n, 7n, 3, limit)).toBe(1);
  });

  it("does not call code BUILD_MISSING that the engine refuses to compile", () => {
    const file = new URL("./heavyKernel.ts", import.meta.url);
    expect(() => createHeavyKernel(file)).toThrow(expect.objectContaining({ name: "CompileError" }));
  });

  it("BUILD_MISSING", () => {
    const file = new URL("file:///nowhere/heavy.wasm");
    expect(() => createHeavyKernel(file)).toThrow(
      expect.objectContaining({ code: "BUILD_MISSING", facts: { file: file.href } }),
    );
  });
});

function productByDefinition(matrix: Uint8Array, digest: Uint8Array): Uint8Array {
  const halves = [...digest].flatMap((byte) => [byte >> 4, byte & 15]);
  const sums = Array.from({ length: 64 }, (_, index) =>
    row(matrix, index).reduce((sum, number, column) => sum + number * halves[column]!, 0),
  );
  return digest.map((byte, index) => byte ^ (((sums[2 * index]! >> 10) << 4) | (sums[2 * index + 1]! >> 10)));
}
