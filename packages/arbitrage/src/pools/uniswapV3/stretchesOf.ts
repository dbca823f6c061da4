import type { Stretch } from "../Pool.ts";
import type { PricePoint } from "./swapThroughTicks.ts";
import type { TickTable } from "./TickTable.ts";

const TWO_96 = 2 ** 96;
const FEE_UNITS = 1_000_000;

/** Reserves are L/s and L·s at √price s (Uniswap v3 Core, section 6.1). */
export function* stretchesOf(
  { sqrtPriceX96, tick, liquidity }: PricePoint,
  ticks: TickTable,
  feeUnits: number,
  isZeroForOne: boolean,
): Iterable<Stretch> {
  if (sqrtPriceX96 === 0n) return;
  const fee = feeUnits / FEE_UNITS;
  const direction = isZeroForOne ? -1 : 1;
  let price = Number(sqrtPriceX96) / TWO_96;
  let inRange = liquidity;
  let index = ticks.indexAtOrBelow(tick) + (isZeroForOne ? 0 : 1);
  for (; index >= 0 && index < ticks.count; index += direction) {
    const end = Number(ticks.ratioAt(index)) / TWO_96;
    // If the price fell exactly to a tick, no upward stretch starts there.
    if (inRange > 0n && price !== end) yield stretchBetween(Number(inRange), price, end, fee);
    inRange -= isZeroForOne ? ticks.netAt(index) : -ticks.netAt(index);
    price = end;
  }
}

function stretchBetween(liquidity: number, price: number, end: number, fee: number): Stretch {
  const isZeroForOne = end < price;
  const reserve0 = liquidity / price;
  const reserve1 = liquidity * price;
  const amountIn = isZeroForOne ? liquidity / end - reserve0 : liquidity * end - reserve1;
  return {
    reserveIn: isZeroForOne ? reserve0 : reserve1,
    reserveOut: isZeroForOne ? reserve1 : reserve0,
    fee,
    inputMax: amountIn / (1 - fee),
  };
}
