export interface SyncProgress {
  /**
   * - `headers`: downloads headers, and imports blocks
   * - `blocks`: imports blocks; all headers are known
   * - `snapshot-headers`, `snapshot-state`: imports a state
   */
  readonly phase: "headers" | "blocks" | "snapshot-headers" | "snapshot-state";
  readonly startingBlock: number;
  readonly currentBlock: number;
  readonly highestBlock: number;
}
