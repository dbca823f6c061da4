import { describe, expect, it } from "vitest";
import { nextBaseFee } from "../index.ts";

describe("BLOCK-10", () => {
  const parameters = { baseFeeChangeDenominator: 8n, baseFeeMin: 7n };
  const next = (baseFee: bigint, gasUsed: bigint) =>
    nextBaseFee(parameters, { baseFee, gasUsed, gasLimit: 30_000_000n });

  it("stays at the target", () => expect(next(1_000n, 15_000_000n)).toBe(1_000n));
  it("rises by an eighth at the limit", () => expect(next(1_000n, 30_000_000n)).toBe(1_125n));
  it("falls by an eighth when empty", () => expect(next(1_000n, 0n)).toBe(875n));
  it("rises by at least one", () => expect(next(7n, 15_000_001n)).toBe(8n));
  it("stays at the minimum", () => expect([next(8n, 0n), next(7n, 0n)]).toEqual([7n, 7n]));
  it("falls at most to the minimum", () => {
    const from = (baseFee: bigint) =>
      nextBaseFee({ ...parameters, baseFeeMin: 1_000n }, { baseFee, gasUsed: 0n, gasLimit: 30_000_000n });
    expect([from(1_142n), from(1_001n), from(1_000n)]).toEqual([1_000n, 1_000n, 1_000n]);
    expect(from(1_144n)).toBe(1_001n);
  });
  it("matches EIP-1559 for blocks of Ethereum's mainnet", () => {
    const london = nextBaseFee(parameters, {
      baseFee: 1_000_000_000n,
      gasUsed: 30_025_257n,
      gasLimit: 30_029_122n,
    });
    expect(london).toBe(1_124_967_822n);
  });
});
