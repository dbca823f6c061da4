import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UINT112_MAX, UINT256_MAX } from "../arithmetic/uint.ts";
import { POOL, TOKEN_0, TOKEN_1 } from "../testing/addresses.ts";
import { codeOf } from "../testing/codeOf.ts";
import { outputAlong } from "../testing/outputAlong.ts";
import { type PoolFee, UNISWAP_V2_FEE, UniswapV2Pool } from "./UniswapV2Pool.ts";

const COIN = 10n ** 18n;

function poolOf(reserves: readonly [bigint, bigint], fee: PoolFee = UNISWAP_V2_FEE): UniswapV2Pool {
  return new UniswapV2Pool({ address: POOL, tokens: [TOKEN_0, TOKEN_1], fee, reserves });
}

function isAccepted({ reserves, fee }: UniswapV2Pool, tokenIn: 0 | 1, amountIn: bigint, amountOut: bigint) {
  const [reserveIn, reserveOut] = tokenIn === 0 ? reserves : [reserves[1], reserves[0]];
  const { numerator, denominator } = fee;
  const afterFee = (reserveIn + amountIn) * denominator - amountIn * numerator;
  return (
    amountOut < reserveOut &&
    afterFee * (reserveOut - amountOut) * denominator >= reserveIn * reserveOut * denominator ** 2n
  );
}

const anyReserve = fc.bigInt({ min: 1n, max: UINT112_MAX >> 1n });
const anyFee = fc.constantFrom<PoolFee>(
  UNISWAP_V2_FEE,
  { numerator: 25n, denominator: 10_000n },
  { numerator: 0n, denominator: 1n },
  { numerator: 1n, denominator: 3n },
);
const anyTrade = fc.record({
  pool: fc.tuple(anyReserve, anyReserve, anyFee).map(([a, b, fee]) => poolOf([a, b], fee)),
  tokenIn: fc.constantFrom<0 | 1>(0, 1),
  amount: fc.oneof(fc.bigInt(1n, 1000n), fc.bigInt(1n, UINT112_MAX >> 1n)),
});

describe("UniswapV2Pool", () => {
  it("returns the largest output that the pair accepts", () => {
    fc.assert(
      fc.property(anyTrade, ({ pool, tokenIn, amount }) => {
        const { amountOut, after } = pool.swapExactInput(tokenIn, 1 - tokenIn, amount);
        expect(isAccepted(pool, tokenIn, amount, amountOut)).toBe(true);
        expect(isAccepted(pool, tokenIn, amount, amountOut + 1n)).toBe(false);
        const [reserve0, reserve1] = (after as UniswapV2Pool).reserves;
        const change = [reserve0 - pool.reserves[0], reserve1 - pool.reserves[1]];
        expect(change).toEqual(tokenIn === 0 ? [amount, -amountOut] : [-amountOut, amount]);
      }),
    );
  });

  it("takes the smallest input that the pair accepts", () => {
    fc.assert(
      fc.property(anyTrade, ({ pool, tokenIn, amount }) => {
        const wanted = amount % pool.reserves[1 - tokenIn]!;
        fc.pre(wanted > 0n);
        const swap = () => pool.swapExactOutput(tokenIn, 1 - tokenIn, wanted);
        const code = codeOf(swap);
        if (code !== undefined) {
          expect(code).toBe("SWAP_WOULD_REVERT OVERFLOW");
          return;
        }
        const { amountIn, amountOut } = swap();
        expect(amountOut).toBe(wanted);
        expect(isAccepted(pool, tokenIn, amountIn, wanted)).toBe(true);
        expect(isAccepted(pool, tokenIn, amountIn - 1n, wanted)).toBe(false);
      }),
    );
  });

  it("has one curve segment, its whole curve", () => {
    const pool = poolOf([5n * COIN, 9n * COIN]);
    const along = outputAlong(pool.stretches(1, 0), 1e18);
    expect(along).toBeCloseTo(Number(pool.swapExactInput(1, 0, COIN).amountOut), -4);
    expect([...poolOf([0n, COIN]).stretches(0, 1)]).toEqual([]);
  });

  it("zero input gives zero, dust may give zero", () => {
    const pool = poolOf([COIN, 10n]);
    expect(pool.swapExactInput(0, 1, 0n)).toEqual({ amountIn: 0n, amountOut: 0n, after: pool });
    expect(pool.swapExactOutput(0, 1, 0n)).toEqual({ amountIn: 0n, amountOut: 0n, after: pool });
    expect(pool.swapExactInput(0, 1, 5n).amountOut).toBe(0n);
  });

  it("SWAP_WOULD_REVERT: reserves that are missing, exhausted, or past 112 bits", () => {
    expect(codeOf(() => poolOf([0n, COIN]).swapExactInput(0, 1, 1n))).toMatch("INSUFFICIENT_LIQUIDITY");
    expect(codeOf(() => poolOf([COIN, 0n]).swapExactInput(0, 1, 1n))).toMatch("INSUFFICIENT_LIQUIDITY");
    expect(codeOf(() => poolOf([COIN, COIN]).swapExactOutput(0, 1, COIN))).toMatch("INSUFFICIENT_LIQUIDITY");
    expect(codeOf(() => poolOf([UINT112_MAX, COIN]).swapExactInput(0, 1, 1n))).toBe(
      "SWAP_WOULD_REVERT OVERFLOW",
    );
    expect(codeOf(() => poolOf([COIN, COIN]).swapExactInput(0, 1, UINT256_MAX))).toMatch("OVERFLOW");
  });

  it("SWAP_INVALID: an unknown token, a duplicate token, no amount", () => {
    const pool = poolOf([COIN, COIN]);
    expect(codeOf(() => pool.swapExactInput(0, 2, 1n))).toBe("SWAP_INVALID");
    expect(codeOf(() => pool.swapExactOutput(1, 1, 1n))).toBe("SWAP_INVALID");
    expect(codeOf(() => pool.swapExactInput(0, 1, -1n))).toBe("SWAP_INVALID");
    expect(codeOf(() => pool.swapExactInput(0, 1, UINT256_MAX + 1n))).toBe("SWAP_INVALID");
    expect(codeOf(() => [...pool.stretches(0, 0)])).toBe("SWAP_INVALID");
  });

  it("POOL_INVALID: impossible reserves, a fee of 100 % or more", () => {
    expect(codeOf(() => poolOf([UINT112_MAX + 1n, 1n]))).toBe("POOL_INVALID");
    expect(codeOf(() => poolOf([1n, -1n]))).toBe("POOL_INVALID");
    for (const [numerator, denominator] of [
      [1n, 1n],
      [-1n, 2n],
      [0n, 0n],
    ] as const)
      expect(codeOf(() => poolOf([1n, 1n], { numerator, denominator }))).toBe("POOL_INVALID");
  });
});
