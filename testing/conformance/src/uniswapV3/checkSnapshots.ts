import {
  amount0Between,
  amount1Between,
  type PriceSwap,
  sqrtRatioToTick,
  TickTable,
  tickToSqrtRatio,
  UniswapV3Pool,
} from "@trellis/arbitrage";
import { isTrellisError } from "@trellis/base";
import { firstDifference, type NamedCase } from "../namedCase.ts";
import { encodeSqrtPrice, parseDecimal, toFiveDigits } from "./decimals.ts";
import { spacingOf, TEST_POOLS, type TestPool, type TestPosition } from "./testPools.ts";

type Snapshot = Readonly<Record<string, string | number>>;

export function checkSnapshots(text: string): NamedCase[] {
  return [...text.matchAll(/^exports\[`(.*)`\] = `\nObject \{\n([^`]*)\}\n`;$/gm)].map(
    ([, title = "", body = ""]) => {
      const name = title.replace("UniswapV3Pool swap tests ", "").replace(/ 1$/, "");
      return { name, failure: checkSnapshot(name, fieldsOf(body)) };
    },
  );
}

function fieldsOf(body: string): Snapshot {
  const fields = [...body.matchAll(/^ {2}"(\w+)": (?:"(.*)"|(-?\d+)),$/gm)];
  return Object.fromEntries(fields.map(([, key, text, number]) => [key, text ?? Number(number)]));
}

function checkSnapshot(name: string, expected: Snapshot): string | undefined {
  const title = Object.keys(TEST_POOLS).find((key) => name.startsWith(`${key} swap `));
  const testPool = title === undefined ? undefined : TEST_POOLS[title];
  if (title === undefined || testPool === undefined) return "no such pool";
  const swap = swapOf(name.slice(title.length + 1));
  if (swap === undefined) return "no such swap";
  const pool = poolOf(testPool);
  const balances = balancesOf(testPool);
  try {
    return firstDifference(expected, resultOf(pool, swap, balances));
  } catch (error) {
    if (!isTrellisError(error, "SWAP_WOULD_REVERT")) throw error;
    const swapError = `VM Exception while processing transaction: revert ${error.facts.reason}`;
    return firstDifference(expected, refusalOf(pool, swapError, balances));
  }
}

const DESCRIPTION =
  /^swap (?:exactly (?<amountIn>[\d.]+) )?token(?<tokenIn>[01]) for (?:exactly (?<amountOut>[\d.]+) )?token[01](?: to price (?<limit>[\d.]+))?$/;
const INT256_MAX = 2n ** 255n - 1n;

/** A swap to a target price offers the maximum amount. */
function swapOf(description: string): PriceSwap | undefined {
  const groups = DESCRIPTION.exec(description)?.groups;
  if (groups === undefined) return undefined;
  const { amountIn, amountOut, limit } = groups;
  const amountSpecified =
    amountOut !== undefined
      ? -parseDecimal(amountOut, 18)
      : amountIn !== undefined
        ? parseDecimal(amountIn, 18)
        : INT256_MAX;
  const swap = { isZeroForOne: groups.tokenIn === "0", amountSpecified };
  if (limit === undefined) return swap;
  return { ...swap, sqrtPriceLimitX96: encodeSqrtPrice(parseDecimal(limit, 6), 10n ** 6n) };
}

function resultOf(
  pool: UniswapV3Pool,
  swap: PriceSwap,
  [amount0Before, amount1Before]: readonly [bigint, bigint],
) {
  const { amountIn, amountOut, feeGrowthX128, after } = pool.swap(swap);
  const [amount0, amount1] = swap.isZeroForOne ? [amountIn, -amountOut] : [-amountOut, amountIn];
  return {
    amount0Before: String(amount0Before),
    amount0Delta: String(amount0),
    amount1Before: String(amount1Before),
    amount1Delta: String(amount1),
    executionPrice: toFiveDigits(-amount1, amount0),
    feeGrowthGlobal0X128Delta: String(swap.isZeroForOne ? feeGrowthX128 : 0n),
    feeGrowthGlobal1X128Delta: String(swap.isZeroForOne ? 0n : feeGrowthX128),
    poolPriceAfter: priceOf(after),
    poolPriceBefore: priceOf(pool),
    tickAfter: after.state.tick,
    tickBefore: pool.state.tick,
  };
}

function refusalOf(pool: UniswapV3Pool, swapError: string, balances: readonly [bigint, bigint]) {
  return {
    poolBalance0: String(balances[0]),
    poolBalance1: String(balances[1]),
    poolPriceBefore: priceOf(pool),
    swapError,
    tickBefore: pool.state.tick,
  };
}

function priceOf({ state: { sqrtPriceX96 } }: UniswapV3Pool): string {
  return toFiveDigits(sqrtPriceX96 ** 2n, 1n << 192n);
}

function poolOf({ fee, sqrtPriceX96, positions }: TestPool): UniswapV3Pool {
  const tick = sqrtRatioToTick(sqrtPriceX96);
  const inRange = positions.filter(({ lower, upper }) => lower <= tick && tick < upper);
  return UniswapV3Pool.of({
    address: "0x0000000000000000000000000000000000000003",
    tokens: ["0x0000000000000000000000000000000000000001", "0x0000000000000000000000000000000000000002"],
    fee,
    sqrtPriceX96,
    tick,
    liquidity: inRange.reduce((sum, { liquidity }) => sum + liquidity, 0n),
    ticks: positions.reduce(
      (ticks, { lower, upper, liquidity }) => ticks.withPosition(lower, upper, liquidity),
      new TickTable(spacingOf(fee), []),
    ),
  });
}

function balancesOf({ sqrtPriceX96, positions }: TestPool): [bigint, bigint] {
  const paid = positions.map((position) => paidFor(position, sqrtPriceX96));
  return [
    paid.reduce((sum, [amount0]) => sum + amount0, 0n),
    paid.reduce((sum, [, amount1]) => sum + amount1, 0n),
  ];
}

function paidFor({ lower, upper, liquidity }: TestPosition, price: bigint): [bigint, bigint] {
  const low = tickToSqrtRatio(lower);
  const high = tickToSqrtRatio(upper);
  const at = price < low ? low : price > high ? high : price;
  return [amount0Between(at, high, liquidity, true), amount1Between(low, at, liquidity, true)];
}
