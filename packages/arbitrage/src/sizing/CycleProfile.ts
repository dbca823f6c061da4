/** Profit without rounding, in base units: an upper bound for the integer result. */
export interface CycleProfile {
  /** Rounded down; 0 if no input is profitable. */
  readonly optimum: bigint;
  /** Rounded down. */
  readonly profitMax: bigint;
  /** True if computed in integers, for pools whose `swapExactOutput` is minimal. */
  readonly isExact: boolean;
  /** True if the cycle is still profitable at the end of a known curve. */
  readonly isAtEnd: boolean;
  /** Rounded down; may be negative. */
  profitAt(amountIn: bigint): bigint;
  /** Inputs that may earn `profit` ≥ 1. */
  inputsReaching(profit: bigint): readonly [bigint, bigint] | undefined;
}
