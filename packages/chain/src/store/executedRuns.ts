import type { Delivery, Hash, Receipt, SignedBy, SkipReason } from "@trellis/protocol";

export interface AcceptedRun extends SignedBy {
  /** Position of the carrier: merged blocks in order, then the block itself. */
  readonly carrierIndex: number;
  readonly receipt: Receipt;
}

export interface SkippedRun {
  readonly transactionHash: Hash;
  readonly carrierIndex: number;
  readonly reason: SkipReason;
}

export interface ExecutedRuns {
  /** TIMESTAMP in seconds. */
  readonly timestamp: number;
  /** Limit of all carriers together. */
  readonly gasLimit: bigint;
  readonly accepted: readonly AcceptedRun[];
  readonly skipped: readonly SkippedRun[];
  /** If there are any. */
  readonly deliveries?: readonly Delivery[];
}
