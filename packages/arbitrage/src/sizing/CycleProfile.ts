/** What a cycle earns without the pools' rounding, which never helps: bounds for the integers. Base units. */
export interface CycleProfile {
  /** The input that earns most, rounded down; 0 if none earns anything. */
  readonly optimum: bigint;
  /** At most what any input earns, rounded down. */
  readonly profitMax: bigint;
  /** Computed in integers, of pools that know the least input of an output. */
  readonly isExact: boolean;
  /** The cycle still pays where the known curve of a leg ends. */
  readonly isAtEnd: boolean;
  /** At most what an input earns, rounded down; may be negative. */
  profitAt(amountIn: bigint): bigint;
  /** The least and the greatest input that may earn `profit`, which is at least 1; undefined if none may. */
  inputsReaching(profit: bigint): readonly [bigint, bigint] | undefined;
}
