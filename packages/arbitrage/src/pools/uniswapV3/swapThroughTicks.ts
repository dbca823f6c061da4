import { UINT128_MAX } from "../arithmetic/uint.ts";
import { poolErrors } from "../errors.ts";
import { swapStep } from "./swapStep.ts";
import { nextWordEnd, type TickTable, wordStart } from "./TickTable.ts";
import { SQRT_RATIO_MAX, SQRT_RATIO_MIN, sqrtRatioToTick, TICK_MAX } from "./tickMath.ts";

export const LOWEST_LIMIT = SQRT_RATIO_MIN + 1n;
export const HIGHEST_LIMIT = SQRT_RATIO_MAX - 1n;

export interface PricePoint {
  readonly sqrtPriceX96: bigint;
  /** If the price fell exactly to a tick, this is the next lower tick. */
  readonly tick: number;
  readonly liquidity: bigint;
}

interface TickSwap {
  readonly isZeroForOne: boolean;
  readonly amountSpecified: bigint;
  readonly sqrtPriceLimitX96: bigint;
  /** Millionths. */
  readonly feeUnits: bigint;
}

interface TickSwapped {
  readonly amountIn: bigint;
  readonly amountOut: bigint;
  readonly end: PricePoint;
  readonly feeGrowthX128: bigint;
}

/**
 * Rounds at every bitmap word (Uniswap v3 Core, section 6.2.3).
 * @throws TICKS_UNKNOWN, and POOL_INVALID if the ticks contradict the liquidity
 */
export function swapThroughTicks(start: PricePoint, ticks: TickTable, swap: TickSwap): TickSwapped {
  const { isZeroForOne, amountSpecified, sqrtPriceLimitX96: limit, feeUnits } = swap;
  const isInput = amountSpecified > 0n;
  const isWithoutLimit = limit === (isZeroForOne ? LOWEST_LIMIT : HIGHEST_LIMIT);
  let { sqrtPriceX96: price, tick, liquidity } = start;
  let remaining = amountSpecified;
  let amountIn = 0n;
  let amountOut = 0n;
  let feeGrowthX128 = 0n;
  let below = ticks.indexAtOrBelow(tick);

  while (remaining !== 0n && price !== limit) {
    if (!isKnown(ticks, tick, isZeroForOne))
      throw poolErrors.TICKS_UNKNOWN({ tick, ...ticks.known, amountIn, amountOut });
    // Without liquidity, nothing is rounded.
    const isSkipping = liquidity === 0n && isWithoutLimit;
    const next = isZeroForOne
      ? nextBelow(ticks, below, tick, isSkipping)
      : nextAbove(ticks, below + 1, tick, isSkipping);
    const isPastLimit = isZeroForOne ? next.ratio < limit : next.ratio > limit;
    const step = swapStep(price, isPastLimit ? limit : next.ratio, liquidity, remaining, feeUnits);
    const paid = step.amountIn + step.fee;
    remaining = isInput ? remaining - paid : remaining + step.amountOut;
    amountIn += paid;
    amountOut += step.amountOut;
    if (liquidity > 0n) feeGrowthX128 += (step.fee << 128n) / liquidity;

    if (step.price === next.ratio) {
      if (next.index !== NOT_INITIALIZED) {
        liquidity = liquidityAcross(ticks, next.index, liquidity, isZeroForOne);
        below = isZeroForOne ? next.index - 1 : next.index;
      }
      tick = isZeroForOne ? next.tick - 1 : next.tick;
    } else if (step.price !== price) {
      tick = sqrtRatioToTick(step.price);
    }
    price = step.price;
  }
  return { amountIn, amountOut, end: { sqrtPriceX96: price, tick, liquidity }, feeGrowthX128 };
}

const NOT_INITIALIZED = -1;

interface NextTick {
  readonly tick: number;
  readonly ratio: bigint;
  readonly index: number;
}

function nextBelow(ticks: TickTable, index: number, tick: number, isSkipping: boolean): NextTick {
  const end = isSkipping ? ticks.known.lowest : wordStart(tick, ticks.spacing);
  if (index >= 0 && ticks.tickAt(index) >= end) return initialized(ticks, index);
  return { tick: end, ratio: ticks.boundaryRatio(end), index: NOT_INITIALIZED };
}

function nextAbove(ticks: TickTable, index: number, tick: number, isSkipping: boolean): NextTick {
  const end = isSkipping ? lastPlaceIn(ticks) : nextWordEnd(tick, ticks.spacing);
  if (index < ticks.count && ticks.tickAt(index) <= end) return initialized(ticks, index);
  return { tick: end, ratio: ticks.boundaryRatio(end), index: NOT_INITIALIZED };
}

function initialized(ticks: TickTable, index: number): NextTick {
  return { tick: ticks.tickAt(index), ratio: ticks.ratioAt(index), index };
}

function lastPlaceIn({ known: { highest }, spacing }: TickTable): number {
  return highest === TICK_MAX ? TICK_MAX : Math.floor(highest / spacing) * spacing;
}

function isKnown({ known, spacing }: TickTable, tick: number, isZeroForOne: boolean): boolean {
  const place = Math.floor(tick / spacing) * spacing;
  return isZeroForOne ? tick >= known.lowest : place + spacing <= known.highest || known.highest === TICK_MAX;
}

function liquidityAcross(ticks: TickTable, index: number, liquidity: bigint, isZeroForOne: boolean): bigint {
  const net = ticks.netAt(index);
  const after = isZeroForOne ? liquidity - net : liquidity + net;
  if (after < 0n || after > UINT128_MAX)
    throw poolErrors.POOL_INVALID({ tick: ticks.tickAt(index), liquidity, net });
  return after;
}
