import type { FinalityOutbox, NetworkControl, NetworkView } from "@trellis/protocol";
import type { SyncProgress } from "../sync/SyncProgress.ts";

export interface Network extends NetworkView, NetworkControl {
  start(): Promise<void>;
  /** Also saves the peer book. */
  stop(): Promise<void>;
  syncing(): SyncProgress | undefined;
  /** Sends nothing on a node without finality. */
  readonly voteOutbox: FinalityOutbox;
  /** Synced, and with a ready peer unless this node may be the first. */
  isReady(): boolean;
  /** Why no peer answers or serves; undefined if this node may be the first. */
  isolation(): string | undefined;
}
