import type { Clock, Log, Scheduler } from "@trellis/base";
import type { Certificate, FinalityOutbox, Hash, VoteParameters } from "@trellis/protocol";
import type { Backing, Validity } from "./tendermint/CheckpointVote.ts";
import type { ValidatorSet } from "./validatorSets/ValidatorSet.ts";

/** What the gadget asks of the chain, and tells it. */
export interface FinalityChain {
  /** The height of the newest checkpoint that is final here, its block included; 0 for genesis. */
  finalHeight(): number;
  /**
   * Who votes on a height; undefined while the state that says it is not final here, or nobody votes. Sets of one epoch
   * are one object.
   */
  validators(height: number): ValidatorSet | undefined;
  /** Whether a set with this key in it has certified one of the newest heights. */
  wasMember(publicKey: Uint8Array): boolean;
  /** What this node would make final next; undefined while the chain is too short for another checkpoint. */
  valueToPropose(): Hash | undefined;
  /**
   * Whether a checkpoint may be made of it.
   * @param backing what two thirds prevoted need not be on this node's selected chain, which may have moved since. Else
   * those who are locked on it and those whose chain has left it would hold each other up forever.
   */
  validity(value: Hash, backing: Backing): Validity;
  /**
   * Keeps the certificate, and makes its block final as soon as it is here: `moved` is called when that is done. Heights
   * before it may never be told: they are final with it.
   */
  finalize(certificate: Certificate): void;
  /** One that was told to `finalize`, signed by more by now: for blocks, and for who asks. */
  keepFuller(certificate: Certificate): void;
  /** Resolves when what is final here outlives a loss of power. @throws STORE_WRITE_FAILED */
  flush(): Promise<void>;
}

/** Times of the steps and of repetition. [FINAL-6] */
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
