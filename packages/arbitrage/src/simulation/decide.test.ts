import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DecisionInput, decide } from "./decide.ts";

const input: DecisionInput = {
  profitWei: 1_000_000n,
  flashFeeWei: 3_000n,
  gasUsed: 100n,
  gasPriceWei: 7n,
  l1FeeWei: 300n,
  marginPpm: 10_000,
  thresholdWei: 0n,
};

describe("decide", () => {
  it("ARB-14: the net profit is the profit minus gas, L1 fee, flash fee and margin; it must exceed the threshold", () => {
    const netWei = 1_000_000n - 700n - 300n - 3_000n - 10_000n;
    expect(decide({ ...input, thresholdWei: netWei - 1n })).toMatchObject({
      isGo: true,
      netWei,
      gasWei: 700n,
    });
    expect(decide({ ...input, thresholdWei: netWei })).toMatchObject({
      isGo: false,
      netWei,
      marginWei: 10_000n,
    });
  });

  it("ARB-14: every decision has figures and a reason", () => {
    expect(decide(input).reason).toBe("net 986000 wei exceeds the threshold of 0");
    expect(decide({ ...input, gasPriceWei: 20_000n }).reason).toBe(
      "net -1013300 wei does not exceed the threshold of 0: profit 1000000, most of the cost is gas with 2000000",
    );
    expect(decide({ ...input, profitWei: -5n }).reason).toMatch(/: profit is -5$/);
    expect(decide(input)).toMatchObject(input);
  });

  it("ARB-14: no cost improves a trade, and a margin is rounded up", () => {
    const wei = fc.bigInt({ min: 0n, max: 10n ** 30n });
    const inputs = fc.record({
      profitWei: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
      flashFeeWei: wei,
      gasUsed: fc.bigInt({ min: 0n, max: 30_000_000n }),
      gasPriceWei: fc.bigInt({ min: 0n, max: 10n ** 13n }),
      l1FeeWei: wei,
      marginPpm: fc.nat(1_000_000),
      thresholdWei: wei,
    });
    fc.assert(
      fc.property(
        inputs,
        fc.constantFrom("flashFeeWei", "gasUsed", "gasPriceWei", "l1FeeWei", "thresholdWei"),
        (of, cost) => {
          const dearer = { ...of, [cost]: of[cost] + 1n };
          expect(decide(dearer).netWei).toBeLessThanOrEqual(decide(of).netWei);
          if (decide(dearer).isGo) expect(decide(of).isGo).toBe(true);
          if (of.profitWei > 0n)
            expect(decide(of).marginWei * 1_000_000n).toBeGreaterThanOrEqual(
              of.profitWei * BigInt(of.marginPpm),
            );
          if (of.profitWei <= 0n) expect(decide(of).isGo).toBe(false);
        },
      ),
      { numRuns: 500 },
    );
  });
});
