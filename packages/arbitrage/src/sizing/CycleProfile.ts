export interface CycleProfile {
  readonly optimum: bigint;
  readonly profitMax: bigint;
  /** True if all pools' `swapExactOutput` returns the least input. */
  readonly isExact: boolean;
  /** Still profitable at the end of a known curve. */
  readonly isAtEnd: boolean;
  profitAt(amountIn: bigint): bigint;
  /** Range of inputs that may earn `profit` ≥ 1. */
  inputsReaching(profit: bigint): readonly [bigint, bigint] | undefined;
}
