export interface CycleProfile {
  readonly optimum: bigint;
  readonly profitMax: bigint;
  /** For pools whose `swapExactOutput` is minimal. */
  readonly isExact: boolean;
  /** Still profitable at the end of a known curve. */
  readonly isAtEnd: boolean;
  /** May be negative. */
  profitAt(amountIn: bigint): bigint;
  /** Inputs that may earn `profit` ≥ 1. */
  inputsReaching(profit: bigint): readonly [bigint, bigint] | undefined;
}
