import type { FinalityOutbox, NetworkControl, NetworkView } from "@trellis/protocol";
import type { SyncProgress } from "../sync/SyncProgress.ts";

export interface Network extends NetworkView, NetworkControl {
  start(): Promise<void>;
  stop(): Promise<void>;
  syncing(): SyncProgress | undefined;
  readonly voteOutbox: FinalityOutbox;
  /** Synced and, unless this node may be the first, connected to a ready peer. */
  isReady(): boolean;
  /** Problem of sync; otherwise why no peer is ready, unless this node may be the first. */
  isolation(): string | undefined;
}
