export type PoolAddress = `0x${string}`;
export type TokenAddress = `0x${string}`;

export interface Swapped {
  /** Less than offered if a Uniswap v3 pool runs out of liquidity. */
  readonly amountIn: bigint;
  readonly amountOut: bigint;
  readonly after: Pool;
}

/**
 * Input x yields `reserveOut · g·x / (reserveIn + g·x)`, `g = 1 − fee`. Exact for Uniswap; for other pools,
 * only the initial slope and the end point match. For ranking only.
 */
export interface Stretch {
  readonly reserveIn: number;
  readonly reserveOut: number;
  readonly fee: number;
  readonly inputMax: number;
}

/**
 * Immutable. Methods use indices into `tokens` and amounts in base units. Integer results equal the
 * contract's.
 */
export interface Pool {
  readonly kind: string;
  readonly address: PoolAddress;
  readonly tokens: readonly TokenAddress[];
  /** @throws SWAP_INVALID; SWAP_WOULD_REVERT; TICKS_UNKNOWN beyond the known liquidity */
  swapExactInput(tokenIn: number, tokenOut: number, amountIn: bigint): Swapped;
  /**
   * If liquidity is insufficient, a Uniswap v3 pool outputs less.
   * @throws SWAP_INVALID, SWAP_WOULD_REVERT, TICKS_UNKNOWN
   */
  swapExactOutput(tokenIn: number, tokenOut: number, amountOut: bigint): Swapped;
  /** Ends where known liquidity ends. */
  stretches(tokenIn: number, tokenOut: number): Iterable<Stretch>;
}
