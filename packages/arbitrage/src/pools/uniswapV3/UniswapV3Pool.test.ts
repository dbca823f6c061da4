import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { INT256_MAX, UINT128_MAX } from "../arithmetic/uint.ts";
import { codeOf } from "../testing/codeOf.ts";
import { outputAlong } from "../testing/outputAlong.ts";
import { type Position, poolOfPositions } from "../testing/positions.ts";
import { HIGHEST_LIMIT, LOWEST_LIMIT } from "./swapThroughTicks.ts";
import { tickToSqrtRatio } from "./tickMath.ts";
import { UniswapV3Pool } from "./UniswapV3Pool.ts";

const COIN = 10n ** 18n;
const ONE_TO_ONE = 1n << 96n;
const WIDE: Position = { lower: -887220, upper: 887220, liquidity: 1000n * COIN };
const NARROW: Position = { lower: -600, upper: 600, liquidity: 10_000n * COIN };

describe("UniswapV3Pool", () => {
  it("an exact output of an exact input's result costs no more", () => {
    const pool = poolOfPositions(3000, ONE_TO_ONE, [WIDE, NARROW]);
    fc.assert(
      fc.property(fc.bigInt(1n, 10n ** 24n), fc.constantFrom(0, 1), (amount, tokenIn) => {
        const { amountIn, amountOut } = pool.swapExactInput(tokenIn, 1 - tokenIn, amount);
        expect(amountIn).toBe(amount);
        const back = pool.swapExactOutput(tokenIn, 1 - tokenIn, amountOut);
        expect(back.amountOut).toBe(amountOut);
        expect(back.amountIn <= amount).toBe(true);
      }),
    );
  });

  it("two consecutive swaps give at most what one swap of both gives", () => {
    const pool = poolOfPositions(500, ONE_TO_ONE, [{ ...WIDE, lower: -887270, upper: 887270 }, NARROW]);
    fc.assert(
      fc.property(fc.bigInt(1n, 10n ** 23n), fc.bigInt(1n, 10n ** 23n), (a, b) => {
        const first = pool.swapExactInput(0, 1, a);
        const second = first.after.swapExactInput(0, 1, b);
        const both = pool.swapExactInput(0, 1, a + b);
        expect(first.amountOut + second.amountOut <= both.amountOut).toBe(true);
      }),
    );
  });

  it.each([0, 1])("its curve segments match its curve, token %i in", (tokenIn) => {
    const gap: Position = { lower: 6000, upper: 12_000, liquidity: 5n * COIN };
    const pool = poolOfPositions(3000, tickToSqrtRatio(7), [NARROW, gap]);
    for (const amount of [10n ** 15n, 10n ** 20n, 4n * 10n ** 20n]) {
      const { amountIn, amountOut } = pool.swapExactInput(tokenIn, 1 - tokenIn, amount);
      if (amountIn < amount)
        expect(outputAlong(pool.stretches(tokenIn, 1 - tokenIn), Number(amount))).toBe(undefined);
      else
        expect(
          outputAlong(pool.stretches(tokenIn, 1 - tokenIn), Number(amount))! / Number(amountOut),
        ).toBeCloseTo(1, 9);
    }
  });

  it("at the end of liquidity takes less, and its price is at the limit", () => {
    const pool = poolOfPositions(3000, ONE_TO_ONE, [NARROW]);
    const down = pool.swapExactInput(0, 1, INT256_MAX);
    expect(down.amountIn < 400n * COIN).toBe(true);
    expect((down.after as UniswapV3Pool).state).toMatchObject({ sqrtPriceX96: LOWEST_LIMIT, liquidity: 0n });
    const up = pool.swapExactOutput(1, 0, INT256_MAX);
    expect((up.after as UniswapV3Pool).state).toMatchObject({ sqrtPriceX96: HIGHEST_LIMIT, liquidity: 0n });
    expect(codeOf(() => up.after.swapExactInput(1, 0, 1n))).toBe("SWAP_WOULD_REVERT SPL");
    expect([...up.after.stretches(1, 0)]).toEqual([]);
  });

  it("a price limit at a word's end in empty space ends in the contract's tick", () => {
    const far: Position = { lower: 60 * 256 * 3, upper: 60 * 256 * 4, liquidity: COIN };
    const pool = poolOfPositions(3000, tickToSqrtRatio(60 * 256 * 5), [far]);
    const sqrtPriceLimitX96 = tickToSqrtRatio(60 * 256);
    const { after } = pool.swap({ isZeroForOne: true, amountSpecified: 10n ** 30n, sqrtPriceLimitX96 });
    expect(after.state).toMatchObject({ sqrtPriceX96: sqrtPriceLimitX96, tick: 60 * 256 - 1 });
  });

  it("TICKS_UNKNOWN: only for a swap past the known words", () => {
    const known = { lowest: -100, highest: 100 };
    const word = 60 * 256;
    const pool = poolOfPositions(3000, ONE_TO_ONE, [{ ...WIDE, lower: -word, upper: word - 60 }], known);
    const whole = poolOfPositions(3000, ONE_TO_ONE, [{ ...WIDE, lower: -word, upper: word - 60 }]);
    for (const tokenIn of [0, 1]) {
      const most = whole.swapExactInput(tokenIn, 1 - tokenIn, INT256_MAX);
      const inside = pool.swapExactInput(tokenIn, 1 - tokenIn, most.amountIn);
      expect(inside.amountOut).toBe(most.amountOut);
      expect(codeOf(() => pool.swapExactInput(tokenIn, 1 - tokenIn, most.amountIn + 1n))).toBe(
        "TICKS_UNKNOWN",
      );
      expect(codeOf(() => pool.swapExactOutput(tokenIn, 1 - tokenIn, most.amountOut + 1n))).toBe(
        "TICKS_UNKNOWN",
      );
    }
  });

  it("SWAP_WOULD_REVERT: not initialized, limits on the wrong side, nothing to swap", () => {
    const { state } = poolOfPositions(3000, ONE_TO_ONE, [WIDE]);
    const silent = UniswapV3Pool.of({ ...state, sqrtPriceX96: 0n, tick: 0, liquidity: 0n });
    expect(codeOf(() => silent.swapExactInput(0, 1, 1n))).toBe("SWAP_WOULD_REVERT LOK");
    expect([...silent.stretches(0, 1)]).toEqual([]);
    const pool = UniswapV3Pool.of(state);
    const limited = (isZeroForOne: boolean, sqrtPriceLimitX96: bigint, amountSpecified = 1n) =>
      codeOf(() => pool.swap({ isZeroForOne, amountSpecified, sqrtPriceLimitX96 }));
    expect(limited(true, ONE_TO_ONE)).toBe("SWAP_WOULD_REVERT SPL");
    expect(limited(false, ONE_TO_ONE)).toBe("SWAP_WOULD_REVERT SPL");
    expect(limited(true, LOWEST_LIMIT - 1n)).toBe("SWAP_WOULD_REVERT SPL");
    expect(limited(false, HIGHEST_LIMIT + 1n)).toBe("SWAP_WOULD_REVERT SPL");
    expect(limited(true, LOWEST_LIMIT, 0n)).toBe("SWAP_WOULD_REVERT AS");
  });

  it("SWAP_INVALID: more than the contract's integers hold", () => {
    const pool = poolOfPositions(3000, ONE_TO_ONE, [WIDE]);
    expect(codeOf(() => pool.swapExactInput(0, 1, INT256_MAX + 1n))).toBe("SWAP_INVALID");
    expect(codeOf(() => pool.swapExactOutput(0, 0, 1n))).toBe("SWAP_INVALID");
  });

  it("POOL_INVALID: prices off their tick, impossible liquidity, ticks that contradict it", () => {
    const { state } = poolOfPositions(3000, ONE_TO_ONE, [WIDE]);
    for (const lie of [
      { tick: 1 },
      { tick: -2 },
      { sqrtPriceX96: 1n },
      { sqrtPriceX96: 1n << 161n },
      { liquidity: -1n },
      { liquidity: UINT128_MAX + 1n },
      { fee: 1_000_000 },
      { fee: 0.5 },
    ])
      expect(codeOf(() => UniswapV3Pool.of({ ...state, ...lie }))).toBe("POOL_INVALID");
    const drained = UniswapV3Pool.of({ ...state, liquidity: 1n });
    expect(codeOf(() => drained.swapExactInput(0, 1, INT256_MAX))).toBe("POOL_INVALID");
  });
});
