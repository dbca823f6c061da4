import { isTrellisError } from "@trellis/base";
import type { Pool } from "../pools/Pool.ts";
import type { CycleLeg } from "./CycleLeg.ts";

/**
 * A repeated pool starts with the state after its earlier swap.
 * @returns amounts between legs, input first; undefined if a pool would revert or not accept the whole input
 */
export function simulateCycle(legs: readonly CycleLeg[], amountIn: bigint): readonly bigint[] | undefined {
  const after: Pool[] = [];
  const amounts = [amountIn];
  let amount = amountIn;
  try {
    for (const [at, { pool, tokenIn, tokenOut }] of legs.entries()) {
      const before = legs.findLastIndex((leg, other) => other < at && leg.pool === pool);
      const swapped = (after[before] ?? pool).swapExactInput(tokenIn, tokenOut, amount);
      if (swapped.amountIn !== amount) return undefined;
      after.push(swapped.after);
      amount = swapped.amountOut;
      amounts.push(amount);
    }
  } catch (error) {
    if (isOutOfReach(error)) return undefined;
    throw error;
  }
  return amounts;
}

export function leastInput(legs: readonly CycleLeg[], place: number, amount: bigint): bigint | undefined {
  let needed = amount;
  try {
    for (let at = place - 1; at >= 0; at--) {
      const { pool, tokenIn, tokenOut } = legs[at]!;
      const swapped = pool.swapExactOutput(tokenIn, tokenOut, needed);
      if (swapped.amountOut < needed) return undefined;
      needed = swapped.amountIn;
    }
  } catch (error) {
    if (isOutOfReach(error)) return undefined;
    throw error;
  }
  return needed;
}

export function isOutOfReach(error: unknown): boolean {
  return isTrellisError(error, "SWAP_WOULD_REVERT") || isTrellisError(error, "TICKS_UNKNOWN");
}
