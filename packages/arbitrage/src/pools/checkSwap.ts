import { UINT256_MAX } from "./arithmetic/uint.ts";
import { poolErrors } from "./errors.ts";
import type { Pool } from "./Pool.ts";

export function checkSwap(pool: Pool, tokenIn: number, tokenOut: number, amount: bigint): void {
  checkTokens(pool, tokenIn, tokenOut);
  if (amount < 0n || amount > UINT256_MAX) throw poolErrors.SWAP_INVALID({ pool: pool.address, amount });
}

export function checkTokens(pool: Pool, tokenIn: number, tokenOut: number): void {
  const { tokens, address } = pool;
  if (tokens[tokenIn] === undefined || tokens[tokenOut] === undefined || tokenIn === tokenOut)
    throw poolErrors.SWAP_INVALID({ pool: address, tokenIn, tokenOut, tokens: tokens.length });
}
