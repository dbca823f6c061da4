import type { Clock, Log, Scheduler } from "@trellis/base";
import type { Certificate, FinalityOutbox, Hash, VoteParameters } from "@trellis/protocol";
import type { ValidatorSet } from "../validatorSets/ValidatorSet.ts";
import type { Backing, Validity } from "./CheckpointVote.ts";

export interface FinalityChain {
  /** 0 for genesis. */
  finalHeight(): number;
  /** Undefined if the set is unknown or empty. Returns one object per epoch. */
  validators(height: number): ValidatorSet | undefined;
  /** True if a set with this key certified a recent height. */
  wasMember(publicKey: Uint8Array): boolean;
  valueToPropose(): Hash | undefined;
  /**
   * @param backing with `prevotes`, the value may be off the selected chain, so that locked validators can
   * continue
   */
  validity(value: Hash, backing: Backing): Validity;
  /** Finalizes now or when the block arrives, then calls `moved`. Earlier heights may lack certificates. */
  finalize(certificate: Certificate): void;
  keepFuller(certificate: Certificate): void;
  /** Makes the final state durable. @throws STORE_WRITE_FAILED */
  flush(): Promise<void>;
}

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
