import type { Clock, Log, Scheduler } from "@trellis/base";
import type { Certificate, FinalityOutbox, Hash, VoteParameters } from "@trellis/protocol";
import type { Backing, Validity } from "./tendermint/CheckpointVote.ts";
import type { ValidatorSet } from "./validatorSets/ValidatorSet.ts";

export interface FinalityChain {
  /** Newest final checkpoint with its block; 0 for genesis. */
  finalHeight(): number;
  /** Undefined while unknown, or without voters. One object per epoch. */
  validators(height: number): ValidatorSet | undefined;
  /** Whether a set with this key certified one of the newest heights. */
  wasMember(publicKey: Uint8Array): boolean;
  /** Undefined while the chain is too short for another checkpoint. */
  valueToPropose(): Hash | undefined;
  /**
   * Whether a block may become a checkpoint.
   * @param backing a prevoted value may lie off the selected chain; otherwise validators locked on the value and
   * validators on another chain would block each other
   */
  validity(value: Hash, backing: Backing): Validity;
  /** Finalizes the block now or on arrival, then calls `moved`. Earlier heights may have no certificate. */
  finalize(certificate: Certificate): void;
  /** As passed to `finalize`, with more signatures. */
  keepFuller(certificate: Certificate): void;
  /** Makes the final state durable. @throws STORE_WRITE_FAILED */
  flush(): Promise<void>;
}

/** [FINAL-6] */
export type VoteTimes = Pick<
  VoteParameters,
  "proposeMs" | "prevoteMs" | "precommitMs" | "growthMs" | "repeatMs"
>;

export interface FinalityPorts {
  readonly chain: FinalityChain;
  readonly outbox: FinalityOutbox;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
}
