/** Block numbers are those of the selected chain. */
export interface SyncProgress {
  /**
   * - `headers`: also imports blocks
   * - `blocks`: all headers are known
   * - `snapshot-headers`, `snapshot-state`: imports a state
   */
  readonly phase: "headers" | "blocks" | "snapshot-headers" | "snapshot-state";
  readonly startingBlock: number;
  readonly currentBlock: number;
  readonly highestBlock: number;
}
