import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenGraph } from "../graph/TokenGraph.ts";
import { pairPool } from "../graph/testing/randomMarket.ts";
import { threeTokenPool } from "../graph/testing/threeTokenPool.ts";
import { scanTouched } from "../search/scanTouched.ts";
import { type CycleLeg, legsOfCycle } from "./CycleLeg.ts";
import { leastInput, simulateCycle } from "./simulateCycle.ts";
import { sizeCycle } from "./sizeCycle.ts";
import { type Position, rangePool } from "./testing/rangePool.ts";

const RESERVE = fc.bigInt(10n, 4000n);

const CYCLE = fc
  .array(fc.tuple(RESERVE, RESERVE, fc.bigInt(0n, 30n), fc.boolean()), { minLength: 2, maxLength: 4 })
  .map((hops) =>
    hops.map(([reserveIn, reserveOut, fee, isReversed], at): CycleLeg => {
      const [from, to] = [at, (at + 1) % hops.length];
      return isReversed
        ? { pool: pairPool(at, [to, from], [reserveOut, reserveIn], fee), tokenIn: 1, tokenOut: 0 }
        : { pool: pairPool(at, [from, to], [reserveIn, reserveOut], fee), tokenIn: 0, tokenOut: 1 };
    }),
  );

function bruteForce(legs: readonly CycleLeg[], amountInMax: bigint): bigint {
  let best = 0n;
  for (let amountIn = 1n; amountIn <= amountInMax; amountIn++) {
    const amounts = simulateCycle(legs, amountIn);
    if (amounts === undefined) break;
    const profit = amounts.at(-1)! - amountIn;
    if (profit > best) best = profit;
    if (amountIn > 4000n) break;
  }
  return best;
}

const RANGES = fc.array(
  fc.record<Position>({
    below: fc.integer({ min: 1, max: 12 }),
    above: fc.integer({ min: 1, max: 12 }),
    liquidity: fc.bigInt(500n, 20_000n),
  }),
  { minLength: 1, maxLength: 3 },
);
const MIXED_CYCLE = fc
  .array(
    fc.tuple(fc.double({ min: 0.8, max: 1.4, noNaN: true }), fc.option(RANGES), fc.bigInt(500n, 4000n)),
    {
      minLength: 2,
      maxLength: 3,
    },
  )
  .map((hops) =>
    hops.map(([price, ranges, reserve], at): CycleLeg => {
      const ends = [at, (at + 1) % hops.length] as const;
      const other = BigInt(Math.floor(Number(reserve) * price));
      const pool =
        ranges === null ? pairPool(at, ends, [reserve, other]) : rangePool(at, ends, price, ranges);
      return { pool, tokenIn: 0, tokenOut: 1 };
    }),
  );

describe("sizeCycle", () => {
  it("no input of a small cycle of constant-product pools earns more, and its amounts match the pools", () => {
    const amountInMax = fc.option(fc.bigInt(1n, 2000n), { nil: undefined });
    fc.assert(fc.property(CYCLE, amountInMax, checkAgainstAll), { numRuns: 150 });
  });

  it("no input of a small cycle through price ranges earns more", () => {
    fc.assert(
      fc.property(MIXED_CYCLE, (legs) => checkAgainstAll(legs, undefined)),
      { numRuns: 30, endOnFailure: true },
    );
  });

  it("earns within three units of the bound for large amounts, by the closed form and by the curves", () => {
    const reserve = fc.bigInt(10n ** 17n, 10n ** 24n);
    const cycle = fc.array(fc.tuple(reserve, reserve), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(cycle, (hops) => {
        const legs = hops.map(([reserveIn, reserveOut], at): CycleLeg => {
          const pool = pairPool(at, [at, (at + 1) % hops.length], [reserveIn, reserveOut]);
          return { pool, tokenIn: 0, tokenOut: 1 };
        });
        const sized = sizeCycle(legs);
        if (sized === undefined) return;
        const { amounts, profit, profitMax } = sized;
        const unit = amounts.reduce(
          (most, amount) => Math.max(most, Number(sized.amountOut) / Number(amount)),
          1,
        );
        expect(Number(profitMax - profit)).toBeLessThanOrEqual(2 + 3 * unit);
      }),
      { numRuns: 100 },
    );
  });

  it("SIZE-11: two coarse tokens in a row: finds a cycle that is profitable for few amounts, and sizes it near the optimum", () => {
    const [E6, E18] = [10n ** 6n, 10n ** 18n];
    const off = fc.bigInt(0n, E6);
    const size = fc.bigInt(500n, 1_000n);
    const gap = fc.bigInt(1n, 4n);
    fc.assert(
      fc.property(size, gap, fc.bigInt(0n, 1_000n), off, off, (tokens, millionths, a, b, c) => {
        const legs = [
          pairPool(1, [0, 1], [tokens * E18, tokens * (E6 + millionths) + a], 0n),
          pairPool(2, [1, 2], [tokens * E6 + b, tokens * E6 + c], 0n),
          pairPool(3, [2, 0], [tokens * E6 + c, (tokens * E6 + b) * 10n ** 12n], 0n),
        ].map((pool): CycleLeg => ({ pool, tokenIn: 0, tokenOut: 1 }));
        const sized = sizeCycle(legs);
        const best = bestOfCoarse(legs, 12_000n);
        if (sized !== undefined) expect(simulateCycle(legs, sized.amountIn)).toEqual(sized.amounts);
        // Floats cannot distinguish amounts this close.
        expect(sized?.profit ?? 0n).toBeGreaterThanOrEqual(best - best / 1_000n - 10_000n);
      }),
      { numRuns: 40 },
    );
  });

  it("a pool that occurs twice uses its state after the first swap", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const pools = [
          threeTokenPool(1, 4, seed),
          threeTokenPool(2, 4, seed + 1),
          threeTokenPool(3, 4, seed + 2),
        ];
        const graph = new TokenGraph([...pools, pairPool(9, [3, 0], [90_000n, 80_000n])]);
        for (const { swaps } of scanTouched(graph, [0, 1, 2, 3]).cycles) {
          const legs = legsOfCycle(graph, swaps);
          const sized = sizeCycle(legs);
          if (sized !== undefined) expect(simulateCycle(legs, sized.amountIn)).toEqual(sized.amounts);
        }
      }),
      { numRuns: 30 },
    );
  });
});

function bestOfCoarse(legs: readonly CycleLeg[], amountMax: bigint): bigint {
  let best = 0n;
  for (let amount = 1n; amount <= amountMax; amount++) {
    const amountIn = leastInput(legs, 2, amount);
    const profit = amountIn === undefined ? 0n : (simulateCycle(legs, amountIn)?.at(-1) ?? 0n) - amountIn;
    if (profit > best) best = profit;
  }
  return best;
}

function checkAgainstAll(legs: readonly CycleLeg[], amountInMax: bigint | undefined): void {
  const sized = sizeCycle(legs, amountInMax === undefined ? {} : { amountInMax });
  expect(sized?.profit ?? 0n).toBe(bruteForce(legs, amountInMax ?? 4001n));
  if (sized === undefined) return;
  expect(simulateCycle(legs, sized.amountIn)).toEqual(sized.amounts);
  expect(sized.amountOut - sized.amountIn).toBe(sized.profit);
  expect(sized.profitMax >= sized.profit).toBe(true);
  expect(sized.truncated).toEqual([]);
}
