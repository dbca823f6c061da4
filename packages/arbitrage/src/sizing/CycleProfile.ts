/** Profit without the pools' rounding, in base units: an upper bound for the integer result. */
export interface CycleProfile {
  /** Input of maximum profit, rounded down; 0 if none pays. */
  readonly optimum: bigint;
  /** Rounded down. */
  readonly profitMax: bigint;
  /** Integer arithmetic, with pools whose `swapExactOutput` is minimal. */
  readonly isExact: boolean;
  /** The cycle still pays at the end of a leg's known curve. */
  readonly isAtEnd: boolean;
  /** Rounded down; may be negative. */
  profitAt(amountIn: bigint): bigint;
  /** Range of inputs that may earn `profit` ≥ 1. */
  inputsReaching(profit: bigint): readonly [bigint, bigint] | undefined;
}
