import type { Scheduler } from "@trellis/base";
import type { FinalityIntake, FinalityOutbox, FinalityView } from "@trellis/protocol";
import type { ProtectedSigner } from "../../finality/protection/ProtectedSigner.ts";

/** What the vote needs of a node beside its chain. */
export interface VotePorts {
  /** How messages reach other nodes; where there are none, one that says nothing. */
  readonly outbox: FinalityOutbox;
  readonly scheduler: Scheduler;
  /** Of a validator; without one the node watches, and checks. */
  readonly signer?: ProtectedSigner;
}

/**
 * Finality by votes, for a chain: takes messages in, votes where it has a signer, makes final what has two thirds, and
 * tells how far that is. On a network without validators it does nothing.
 */
export interface ChainFinality extends FinalityIntake, FinalityView {
  /** Begins to vote, or to watch. Before it, messages are refused as ahead of what this node can judge. */
  start(ports: VotePorts): void;
  stop(): void;
}
