import type { FinalityOutbox, NetworkControl, NetworkView } from "@trellis/protocol";
import type { SyncProgress } from "../sync/SyncProgress.ts";

/** A node's part of the network. */
export interface Network extends NetworkView, NetworkControl {
  start(): Promise<void>;
  /** Resolves when all connections have ended and what is known of peers is saved. */
  stop(): Promise<void>;
  syncing(): SyncProgress | undefined;
  /** How messages of the vote reach the other nodes; says nothing on a node that takes no part in it. */
  readonly finality: FinalityOutbox;
  /** As far as its peers, of whom it has heard one unless it knows where none is. */
  isReady(): boolean;
  /** Why nobody answers; undefined if somebody does, or nobody was named. */
  isolation(): string | undefined;
}
