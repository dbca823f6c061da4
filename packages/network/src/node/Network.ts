import type { FinalityOutbox, NetworkControl, NetworkView } from "@trellis/protocol";
import type { SyncProgress } from "../sync/SyncProgress.ts";

export interface Network extends NetworkView, NetworkControl {
  start(): Promise<void>;
  stop(): Promise<void>;
  syncing(): SyncProgress | undefined;
  readonly voteOutbox: FinalityOutbox;
  /** True if the node is synced and, unless it may be the first node, connected to a ready peer. */
  isReady(): boolean;
  /** Why no peer answers or serves this node; undefined if it may be the network's first node. */
  isolation(): string | undefined;
}
