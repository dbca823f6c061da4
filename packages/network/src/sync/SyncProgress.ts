/** How far a sync is. Blocks are numbers of the selected chain. */
export interface SyncProgress {
  /**
   * - `headers`: headers are read and the blocks of those that were checked imported
   * - `blocks`: all headers are known
   * - `snapshot-headers`, `snapshot-state`: a state is taken over instead of executing up to it
   */
  readonly phase: "headers" | "blocks" | "snapshot-headers" | "snapshot-state";
  readonly startingBlock: number;
  readonly currentBlock: number;
  readonly highestBlock: number;
}
