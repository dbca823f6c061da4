export type PoolAddress = `0x${string}`;
export type TokenAddress = `0x${string}`;

export interface Swapped {
  /** Base units consumed: less than offered if a Uniswap v3 pool runs out of liquidity. */
  readonly amountIn: bigint;
  /** Base units. */
  readonly amountOut: bigint;
  readonly after: Pool;
}

/**
 * Part of a price curve on which the pool behaves as a constant-product pool: an input of `x` base units from the
 * stretch's start gives `reserveOut · g·x / (reserveIn + g·x)` with `g = 1 − fee`. Stretches follow each other from the
 * current price. They are exact for Uniswap pools; for others they match the curve's initial slope and end point. These
 * floats only rank; integers decide.
 */
export interface Stretch {
  /** Virtual reserves at the start, in base units. */
  readonly reserveIn: number;
  readonly reserveOut: number;
  /** Share of the input that the pool keeps, 0 ≤ fee < 1. */
  readonly fee: number;
  /** Maximum input including the fee, in base units; Infinity if unlimited. */
  readonly inputMax: number;
}

/**
 * Immutable state of a pool at one block. Tokens are referenced by their index in `tokens`. Integer results of every
 * adapter (Uniswap v2 and v3, Curve stable swap, Balancer weighted) equal the contract's to the wei.
 */
export interface Pool {
  readonly kind: string;
  readonly address: PoolAddress;
  readonly tokens: readonly TokenAddress[];
  /**
   * Swaps `amountIn` or as much as the pool takes. Small inputs may give 0.
   * @param amountIn base units of token `tokenIn`, at least 0
   * @throws SWAP_INVALID; SWAP_WOULD_REVERT if the contract would revert; TICKS_UNKNOWN if the swap leaves the known
   * liquidity, which is past the end of the stretches
   */
  swapExactInput(tokenIn: number, tokenOut: number, amountIn: bigint): Swapped;
  /**
   * Swaps the least input that gives `amountOut`. If the pool has less, a Uniswap v3 pool gives less, as its contract
   * does; other pools throw SWAP_WOULD_REVERT.
   * @param amountOut base units of token `tokenOut`, at least 0
   * @throws SWAP_INVALID, SWAP_WOULD_REVERT, TICKS_UNKNOWN
   */
  swapExactOutput(tokenIn: number, tokenOut: number, amountOut: bigint): Swapped;
  /** Curve from the current price up to the end of the known liquidity. */
  stretches(tokenIn: number, tokenOut: number): Iterable<Stretch>;
}
