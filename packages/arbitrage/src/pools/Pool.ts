/** `0x` and 40 lower-case hex digits. */
export type PoolAddress = `0x${string}`;
/** `0x` and 40 lower-case hex digits. */
export type TokenAddress = `0x${string}`;

/** What a pool gives for an exact input, and the pool after it. */
export interface Swapped {
  /** Base units of the token that came in and was used: less than was offered where a Uniswap v3 pool ran dry. */
  readonly amountIn: bigint;
  /** Base units of the token that goes out. */
  readonly amountOut: bigint;
  readonly after: Pool;
}

/**
 * A stretch of a pool's price curve on which it acts as a constant-product pool does: an input of `x` base units,
 * counted from the stretch's beginning, gives `reserveOut · g·x / (reserveIn + g·x)` with `g = 1 − fee`.
 * A pool's stretches follow each other from its present price on. Those of Uniswap's pools are the curve itself, the
 * others' begin with its slope and end on it. They are floats, and only rank: integers decide.
 */
export interface Stretch {
  /** Virtual reserves at the stretch's beginning, in base units. */
  readonly reserveIn: number;
  readonly reserveOut: number;
  /** Share of the input that the pool keeps, 0 ≤ fee < 1. */
  readonly fee: number;
  /** The stretch's end: most input that it takes, with the fee, in base units; Infinity if it has none. */
  readonly inputMax: number;
}

/**
 * One pool's state at one block: a value, never changed. Tokens go by their place in `tokens`.
 * Every adapter (Uniswap v2, Uniswap v3, Curve's stable swap, Balancer's weighted pools) is one of these, and its
 * integers equal its contract's to the wei.
 */
export interface Pool {
  readonly kind: string;
  readonly address: PoolAddress;
  readonly tokens: readonly TokenAddress[];
  /**
   * Swaps all of `amountIn`, or as much of it as the pool takes. Dust may give 0; an input of 0 gives 0 and the
   * same pool.
   * @param amountIn base units of token `tokenIn`, at least 0
   * @throws SWAP_INVALID; SWAP_WOULD_REVERT where the contract would; TICKS_UNKNOWN where the swap would go past
   * what is known of the pool's liquidity, which is past the end of its stretches
   */
  swapExactInput(tokenIn: number, tokenOut: number, amountIn: bigint): Swapped;
  /**
   * Swaps the least input that gives `amountOut`. Where the pool has less, a Uniswap v3 pool gives less, as its
   * contract does; the others throw SWAP_WOULD_REVERT.
   * @param amountOut base units of token `tokenOut`, at least 0
   * @throws SWAP_INVALID, SWAP_WOULD_REVERT, TICKS_UNKNOWN
   */
  swapExactOutput(tokenIn: number, tokenOut: number, amountOut: bigint): Swapped;
  /** The curve from the present price on, nearest first; ends where the known liquidity ends. */
  stretches(tokenIn: number, tokenOut: number): Iterable<Stretch>;
}
