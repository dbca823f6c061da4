import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PreparedWork } from "../algorithms/PowAlgorithm.ts";
import { searchNonces, targetToBytes } from "./searchNonces.ts";

const uint64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: 2n ** 32n - 50n, max: 2n ** 32n + 50n }),
  fc.bigInt({ min: 2n ** 64n - 50n, max: 2n ** 64n - 1n }),
);

function workWith(winner: bigint | undefined): PreparedWork & { readonly asked: bigint[] } {
  const asked: bigint[] = [];
  return {
    asked,
    digest(low, high) {
      const nonce = (BigInt(high) << 32n) | BigInt(low);
      asked.push(nonce);
      return new Uint8Array(32).fill(nonce === winner ? 0 : 255);
    },
  };
}

describe("searchNonces", () => {
  it("tries the range in order, modulo 2^64, and counts", () => {
    fc.assert(
      fc.property(uint64, uint64, fc.integer({ min: 0, max: 20 }), (first, stride, countMax) => {
        const work = workWith(undefined);
        const result = searchNonces(work, targetToBytes(1n), { first, stride }, countMax);
        expect(result).toEqual({ nonce: undefined, hashCount: countMax });
        expect(work.asked).toEqual(
          Array.from({ length: countMax }, (_, index) => BigInt.asUintN(64, first + BigInt(index) * stride)),
        );
      }),
    );
  });

  it("stops at the first valid nonce", () => {
    fc.assert(
      fc.property(uint64, uint64, fc.nat(20), (first, stride, at) => {
        const winner = BigInt.asUintN(64, first + BigInt(at) * stride);
        const { nonce, hashCount } = searchNonces(workWith(winner), targetToBytes(1n), { first, stride }, 30);
        expect(nonce).toBe(winner);
        expect(hashCount).toBeLessThanOrEqual(at + 1);
      }),
    );
  });

  it("compares like numbers", () => {
    const uint256 = fc.oneof(
      fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
      fc.integer({ min: 0, max: 255 }).map((bits) => 2n ** BigInt(bits)),
    );
    fc.assert(
      fc.property(uint256, uint256, fc.integer({ min: -1, max: 1 }), (target, other, near) => {
        const close = target + BigInt(near);
        const values = [target, other, close >= 0n && close < 2n ** 256n ? close : target];
        for (const value of values) {
          const work = { digest: () => targetToBytes(value) };
          const { nonce } = searchNonces(work, targetToBytes(target), { first: 7n, stride: 1n }, 1);
          expect(nonce).toBe(value <= target ? 7n : undefined);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
