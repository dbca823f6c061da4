import { addressOf } from "../../graph/testing/randomMarket.ts";
import { type TickRange, TickTable } from "../../pools/uniswapV3/TickTable.ts";
import { sqrtRatioToTick } from "../../pools/uniswapV3/tickMath.ts";
import { UniswapV3Pool } from "../../pools/uniswapV3/UniswapV3Pool.ts";

export interface Position {
  readonly below: number;
  readonly above: number;
  readonly liquidity: bigint;
}

const SPACING = 60;

export function rangePool(
  number: number,
  [tokenA, tokenB]: readonly [number, number],
  price: number,
  positions: readonly Position[],
  known?: TickRange,
): UniswapV3Pool {
  const sqrtPriceX96 = BigInt(Math.floor(Math.sqrt(price) * 2 ** 96));
  const tick = sqrtRatioToTick(sqrtPriceX96);
  const base = Math.floor(tick / SPACING) * SPACING;
  let ticks = new TickTable(SPACING, [], known);
  for (const { below, above, liquidity } of positions)
    ticks = ticks.withPosition(base - SPACING * below, base + SPACING * (above + 1), liquidity);
  return UniswapV3Pool.of({
    address: addressOf(3_000_000 + number),
    tokens: [addressOf(tokenA), addressOf(tokenB)],
    fee: 3000,
    ticks,
    sqrtPriceX96,
    tick,
    liquidity: positions.reduce((sum, position) => sum + position.liquidity, 0n),
  });
}
