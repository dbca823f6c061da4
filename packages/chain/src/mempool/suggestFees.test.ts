import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { suggestFees } from "./suggestFees.ts";
import { chainBlock, testAddress, transfer } from "./testing/testPool.ts";

const MINER = testAddress(77);

function block(tips: readonly number[], sender = testAddress(1)) {
  return chainBlock(
    tips.map((tip, nonce) => transfer({ sender, nonce, tip, cap: 10_000 })),
    { miner: MINER },
  );
}

describe("suggestFees", () => {
  it("returns percentiles of the effective tips over all blocks", () => {
    const tips = Array.from({ length: 101 }, (_, index) => index + 100);
    expect(suggestFees([block(tips.slice(50)), block(tips.slice(0, 50))], 1n)).toEqual({
      low: 120n,
      normal: 150n,
      fast: 190n,
    });
  });

  it("counts paid tips, not offered ones", () => {
    const signed = transfer({ sender: testAddress(1), nonce: 0, tip: 500, cap: 110 });
    expect(suggestFees([chainBlock([signed], { baseFee: 100n })], 1n).normal).toBe(10n);
  });

  it("returns the floor without transactions, and never less", () => {
    const atFloor = { low: 30n, normal: 30n, fast: 30n };
    expect(suggestFees([], 30n)).toEqual(atFloor);
    expect(suggestFees([block([])], 30n)).toEqual(atFloor);
    expect(suggestFees([block([1, 2, 3])], 30n)).toEqual(atFloor);
  });

  it("ignores transactions of miners themselves", () => {
    expect(suggestFees([block([9_000], MINER), block([20])], 1n).fast).toBe(20n);
  });

  it("is ordered and within the paid tips, also when it samples", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9_000 }), { minLength: 1, maxLength: 5_000 }),
        (tips) => {
          const { low, normal, fast } = suggestFees([block(tips)], 1n);
          expect(low <= normal && normal <= fast).toBe(true);
          for (const suggestion of [low, normal, fast]) expect(tips).toContain(Number(suggestion));
        },
      ),
      { numRuns: 20 },
    );
  });
});
