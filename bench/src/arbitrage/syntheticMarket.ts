import {
  type Pool,
  sqrtRatioToTick,
  TickTable,
  type TokenAddress,
  UNISWAP_V2_FEE,
  UniswapV2Pool,
  UniswapV3Pool,
} from "@trellis/arbitrage";
import type { Draws } from "./draws.ts";

/** Ratio in a list of 4,155 real curves. */
const TOKENS_PER_POOL = 0.5;
const BUSIEST = 0.5;
const CONCENTRATED = 0.25;
/** In base units of token 0. Most pools are small. */
const VALUE_LN = { median: Math.log(20e18), deviation: 2 };
const DOLLAR = 1 / 3000;
const FEE_V3 = 3000;
const SPACING = 60;

/**
 * Preferential attachment (Barabási and Albert, 1999): degrees follow a power law. A quarter are Uniswap v3
 * pools with 4 to 12 ranges. @param deviation of ln prices; 0.0015 in an arbitraged market
 */
export function syntheticMarket(poolCount: number, deviation: number, draws: Draws): Pool[] {
  const tokenCount = Math.max(3, Math.ceil(poolCount * TOKENS_PER_POOL));
  const decimals = Array.from({ length: tokenCount }, (_, token) => (token % 7 === 1 ? 6 : 18));
  const prices = decimals.map((digits, token) => {
    if (token === 0) return 1;
    return digits === 6 ? DOLLAR * 10 ** 12 : Math.exp(3 * draws.normal() - 6);
  });
  const ends = [0, 1, 1, 2, 0, 2];
  const busiest = () => (draws.uniform() < BUSIEST ? 0 : pick());
  return Array.from({ length: poolCount }, (_, number) => {
    const [a, b] = number < tokenCount - 3 ? [number + 3, busiest()] : differing();
    ends.push(a, b);
    return createPool(number, a, b);
  });

  function pick(): number {
    return ends[Math.floor(draws.uniform() * ends.length)]!;
  }

  function differing(): [number, number] {
    for (;;) {
      const [a, b] = [busiest(), pick()];
      if (a !== b) return [a, b];
    }
  }

  function createPool(number: number, a: number, b: number): Pool {
    const [token0, token1] = a < b ? [a, b] : [b, a];
    const value = Math.exp(VALUE_LN.median + VALUE_LN.deviation * draws.normal());
    const price = (prices[token0]! / prices[token1]!) * Math.exp(deviation * draws.normal());
    const reserve0 = value / prices[token0]!;
    const address = addressOf(2 ** 40 + number);
    const tokens = [addressOf(token0 + 1), addressOf(token1 + 1)] as const;
    if (draws.uniform() < CONCENTRATED) return concentrated(address, tokens, reserve0, price, draws);
    const reserves = [BigInt(Math.ceil(reserve0)), BigInt(Math.ceil(reserve0 * price))] as const;
    return new UniswapV2Pool({ address, tokens, fee: UNISWAP_V2_FEE, reserves });
  }
}

function concentrated(
  address: TokenAddress,
  tokens: readonly [TokenAddress, TokenAddress],
  reserve0: number,
  price: number,
  draws: Draws,
): UniswapV3Pool {
  const sqrtPriceX96 = BigInt(Math.floor(Math.sqrt(price) * 2 ** 96));
  const tick = sqrtRatioToTick(sqrtPriceX96);
  const liquidityWhole = BigInt(Math.ceil(reserve0 * Math.sqrt(price)));
  let table = new TickTable(SPACING, []);
  let liquidity = 0n;
  const positions = 2 + Math.floor(5 * draws.uniform());
  for (let position = 0; position < positions; position++) {
    const width = SPACING * Math.ceil(10 * 3 ** position * (0.5 + draws.uniform()));
    const lower = Math.floor((tick - width) / SPACING) * SPACING;
    const upper = Math.ceil((tick + width) / SPACING) * SPACING;
    const added = liquidityWhole / BigInt(position + 1) + 1n;
    table = table.withPosition(lower, upper, added);
    liquidity += added;
  }
  return UniswapV3Pool.of({ address, tokens, fee: FEE_V3, ticks: table, sqrtPriceX96, tick, liquidity });
}

export function addressOf(number: number): TokenAddress {
  return `0x${number.toString(16).padStart(40, "0")}`;
}
