import type { Hash, Receipt, SignedBy, SkipReason } from "@trellis/protocol";

export interface AcceptedRun extends SignedBy {
  /** Index into the carriers: the merged blocks in order, then the block itself. */
  readonly carrierIndex: number;
  readonly receipt: Receipt;
}

export interface SkippedRun {
  readonly transactionHash: Hash;
  readonly carrierIndex: number;
  readonly reason: SkipReason;
}

/** What executing a chain block gave of its transactions. */
export interface ExecutedRuns {
  /** Seconds, as contracts see it. */
  readonly timestamp: number;
  /** Of all carriers together. */
  readonly gasLimit: bigint;
  readonly accepted: readonly AcceptedRun[];
  readonly skipped: readonly SkippedRun[];
}
