import type { FinalityOutbox, NetworkControl, NetworkView } from "@trellis/protocol";
import type { SyncProgress } from "../sync/SyncProgress.ts";

/** A node's part of the network. */
export interface Network extends NetworkView, NetworkControl {
  start(): Promise<void>;
  /** Resolves when all connections have ended and what is known of peers is saved. */
  stop(): Promise<void>;
  syncing(): SyncProgress | undefined;
  /** How messages of the vote reach the other nodes; says nothing on a node that takes no part in it. */
  readonly voteOutbox: FinalityOutbox;
  /** As far as its peers, of whom it has heard one unless it may be the first. */
  isReady(): boolean;
  /** Why nobody answers, or nobody has what this node is to begin from; undefined if somebody does, or it may be the first. */
  isolation(): string | undefined;
}
