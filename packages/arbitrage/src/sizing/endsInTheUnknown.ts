import { isTrellisError } from "@trellis/base";
import type { CycleLeg } from "./CycleLeg.ts";

/** A thousandth past the last known input a pool is asked what it has there. */
const PAST_THE_END = 1000n;

/** Tells a pool whose liquidity ends from one of which not all was read. */
export function endsInTheUnknown(legs: readonly CycleLeg[], amountIn: bigint): boolean {
  let amount = amountIn + amountIn / PAST_THE_END + 1n;
  try {
    for (const { pool, tokenIn, tokenOut } of legs)
      amount = pool.swapExactInput(tokenIn, tokenOut, amount).amountOut;
  } catch (error) {
    return isTrellisError(error, "TICKS_UNKNOWN");
  }
  return false;
}
