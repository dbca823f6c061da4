import { isTrellisError } from "@trellis/base";
import type { CycleLeg } from "./CycleLeg.ts";

/** Tests 0.1 % beyond the last known input. */
const PAST_THE_END = 1000n;

/** Distinguishes exhausted liquidity from unread ticks. */
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
