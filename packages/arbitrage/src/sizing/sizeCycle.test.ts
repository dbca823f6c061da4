import { expect, it } from "vitest";
import { pairPool } from "../graph/testing/randomMarket.ts";
import { tickToSqrtRatio } from "../pools/uniswapV3/tickMath.ts";
import type { CycleLeg } from "./CycleLeg.ts";
import { integerSquareRoot } from "./integerSquareRoot.ts";
import { sizeCycle } from "./sizeCycle.ts";
import { rangePool } from "./testing/rangePool.ts";

const E18 = 10n ** 18n;
const WIDE = [{ below: 500, above: 500, liquidity: 1000n * E18 }];

function leg(pool: CycleLeg["pool"], tokenIn = 0): CycleLeg {
  return { pool, tokenIn, tokenOut: 1 - tokenIn };
}

it("a cycle with less output than input has no size", () => {
  const pools = [
    pairPool(1, [0, 1], [1000n * E18, 1000n * E18]),
    pairPool(2, [1, 0], [1000n * E18, 1001n * E18]),
  ];
  expect(sizeCycle(pools.map((pool) => leg(pool)))).toBeUndefined();
});

it("pools without reserves, dust and maximal reserves give a size or none, and never throw", () => {
  const sizes = [0n, 1n, 2n, 2n ** 112n - 1n];
  for (const a of sizes)
    for (const b of sizes)
      for (const c of sizes) {
        const sized = sizeCycle([leg(pairPool(1, [0, 1], [a, b])), leg(pairPool(2, [1, 0], [c, b]))]);
        if (sized !== undefined) expect(sized.profit).toBeGreaterThan(0n);
      }
});

it("truncated: a cycle is profitable up to the end of a pool's known state, not at the end of its liquidity", () => {
  const cheap = pairPool(1, [0, 1], [10_000n * E18, 20_000n * E18]);
  const known = { lowest: -600, highest: 600 };
  const unknown = rangePool(2, [1, 0], 1, [{ below: 8, above: 8, liquidity: 10n * E18 }], known);
  const whole = rangePool(3, [1, 0], 1, [{ below: 8, above: 8, liquidity: 10n * E18 }]);
  expect(tickToSqrtRatio(0)).toBe(2n ** 96n);
  expect(sizeCycle([leg(cheap), leg(unknown)])?.truncated).toEqual(["ticks"]);
  expect(sizeCycle([leg(cheap), leg(whole)])?.truncated).toEqual([]);
});

it("amountInMax bounds the input, and the bound on the profit is for inputs up to it", () => {
  const legs = [leg(pairPool(1, [0, 1], [1000n * E18, 2000n * E18])), leg(rangePool(2, [1, 0], 1, WIDE))];
  const free = sizeCycle(legs)!;
  const bounded = sizeCycle(legs, { amountInMax: E18 })!;
  expect(free.amountIn).toBeGreaterThan(E18);
  expect(bounded.amountIn).toBeLessThanOrEqual(E18);
  expect(bounded.profitMax - bounded.profit).toBeLessThan(10n ** 6n);
  expect(bounded.profit).toBeLessThan(free.profit);
});

it("the cycle's coarsest token sets the step, so no input lies between two of its units", () => {
  const legs = [
    leg(pairPool(1, [0, 1], [1000n * E18, 3_000_000n * 10n ** 6n])),
    leg(pairPool(2, [1, 0], [3_000_000n * 10n ** 6n, 1020n * E18])),
  ];
  const sized = sizeCycle(legs)!;
  expect(sized.profit).toBe(sized.profitMax);
  const lessIn = legs[0]!.pool.swapExactInput(0, 1, sized.amountIn - 1n).amountOut;
  expect(lessIn).toBe(sized.amounts[1]! - 1n);
});

it("SIZE-11: a cycle through two coarse tokens is profitable by rounding, far from the optimum of the curves", () => {
  const legs = [
    pairPool(1, [0, 1], [608n * E18, 608_001_726n], 0n),
    pairPool(2, [1, 2], [608_481_046n, 608_669_424n], 0n),
    pairPool(3, [2, 0], [608_255_261n, 608_080_894_709_751_009_936n], 0n),
  ].map((pool) => leg(pool));
  expect(sizeCycle(legs)).toMatchObject({ amounts: [3288008447153281n, 3288n, 3289n, 3288039375197226n] });
});

it("integer square roots are exact", () => {
  for (const root of [
    0n,
    1n,
    2n,
    3n,
    2n ** 26n,
    2n ** 52n + 1n,
    10n ** 40n + 7n,
    2n ** 600n - 1n,
    3n ** 900n,
  ]) {
    expect(integerSquareRoot(root * root)).toBe(root);
    expect(integerSquareRoot(root * root + 2n * root)).toBe(root);
    if (root > 0n) expect(integerSquareRoot(root * root - 1n)).toBe(root - 1n);
  }
});
