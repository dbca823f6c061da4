import type { Clock, Log, Scheduler } from "@trellis/base";
import type { Certificate, FinalityOutbox, Hash, VoteParameters } from "@trellis/protocol";
import type { ValidatorSet } from "../validatorSets/ValidatorSet.ts";
import type { Backing, Validity } from "./CheckpointVote.ts";

export interface FinalityChain {
  /** Newest final checkpoint; 0 for genesis. */
  finalHeight(): number;
  /** Undefined if unknown or empty. One object per epoch. */
  validators(height: number): ValidatorSet | undefined;
  /** Whether a set with this key certified a recent height. */
  wasMember(publicKey: Uint8Array): boolean;
  valueToPropose(): Hash | undefined;
  /**
   * @param backing prevoted values may lie off the selected chain; otherwise locked validators and those on another
   * chain would block each other
   */
  validity(value: Hash, backing: Backing): Validity;
  /** Finalizes now or when the block arrives, then calls `moved`. Earlier heights may have no certificate. */
  finalize(certificate: Certificate): void;
  /** Stores a certificate with more signatures than the one passed to `finalize`. */
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
