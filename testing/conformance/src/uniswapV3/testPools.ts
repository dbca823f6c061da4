import { SQRT_RATIO_MAX, SQRT_RATIO_MIN, TICK_SPACINGS } from "@trellis/arbitrage";
import { encodeSqrtPrice } from "./decimals.ts";

export interface TestPosition {
  readonly lower: number;
  readonly upper: number;
  readonly liquidity: bigint;
}

export interface TestPool {
  readonly fee: number;
  readonly sqrtPriceX96: bigint;
  readonly positions: readonly TestPosition[];
}

const LOW = 500;
const MEDIUM = 3000;
const HIGH = 10000;
const TWO_COINS = 2n * 10n ** 18n;
const ONE_TO_ONE = encodeSqrtPrice(1n, 1n);

/** From v3-core's UniswapV3Pool.swaps tests. */
export const TEST_POOLS: Readonly<Record<string, TestPool>> = {
  "low fee, 1:1 price, 2e18 max range liquidity": {
    fee: LOW,
    sqrtPriceX96: ONE_TO_ONE,
    positions: [fullRange(LOW)],
  },
  "medium fee, 1:1 price, 2e18 max range liquidity": medium(ONE_TO_ONE, [fullRange(MEDIUM)]),
  "high fee, 1:1 price, 2e18 max range liquidity": {
    fee: HIGH,
    sqrtPriceX96: ONE_TO_ONE,
    positions: [fullRange(HIGH)],
  },
  "medium fee, 10:1 price, 2e18 max range liquidity": medium(encodeSqrtPrice(10n, 1n), [fullRange(MEDIUM)]),
  "medium fee, 1:10 price, 2e18 max range liquidity": medium(encodeSqrtPrice(1n, 10n), [fullRange(MEDIUM)]),
  "medium fee, 1:1 price, 0 liquidity, all liquidity around current price": medium(ONE_TO_ONE, [
    position(minTick(MEDIUM), -60),
    position(60, -minTick(MEDIUM)),
  ]),
  "medium fee, 1:1 price, additional liquidity around current price": medium(ONE_TO_ONE, [
    fullRange(MEDIUM),
    position(minTick(MEDIUM), -60),
    position(60, -minTick(MEDIUM)),
  ]),
  "low fee, large liquidity around current price (stable swap)": {
    fee: LOW,
    sqrtPriceX96: ONE_TO_ONE,
    positions: [position(-10, 10)],
  },
  "medium fee, token0 liquidity only": medium(ONE_TO_ONE, [position(0, 2000 * 60)]),
  "medium fee, token1 liquidity only": medium(ONE_TO_ONE, [position(-2000 * 60, 0)]),
  "close to max price": medium(encodeSqrtPrice(2n ** 127n, 1n), [fullRange(MEDIUM)]),
  "close to min price": medium(encodeSqrtPrice(1n, 2n ** 127n), [fullRange(MEDIUM)]),
  "max full range liquidity at 1:1 price with default fee": medium(ONE_TO_ONE, [
    { ...fullRange(MEDIUM), liquidity: liquidityMaxPerTick(MEDIUM) },
  ]),
  "initialized at the max ratio": medium(SQRT_RATIO_MAX - 1n, [fullRange(MEDIUM)]),
  "initialized at the min ratio": medium(SQRT_RATIO_MIN, [fullRange(MEDIUM)]),
};

export function spacingOf(fee: number): number {
  return TICK_SPACINGS[fee] ?? Number.NaN;
}

function medium(sqrtPriceX96: bigint, positions: readonly TestPosition[]): TestPool {
  return { fee: MEDIUM, sqrtPriceX96, positions };
}

function fullRange(fee: number): TestPosition {
  return position(minTick(fee), -minTick(fee));
}

function position(lower: number, upper: number): TestPosition {
  return { lower, upper, liquidity: TWO_COINS };
}

function minTick(fee: number): number {
  return -Math.floor(887272 / spacingOf(fee)) * spacingOf(fee);
}

function liquidityMaxPerTick(fee: number): bigint {
  const ticks = (-2 * minTick(fee)) / spacingOf(fee) + 1;
  return (2n ** 128n - 1n) / BigInt(ticks);
}
