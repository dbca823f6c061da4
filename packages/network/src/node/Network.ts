import type { FinalityOutbox, NetworkControl, NetworkView } from "@trellis/protocol";
import type { SyncProgress } from "../sync/SyncProgress.ts";

export interface Network extends NetworkView, NetworkControl {
  start(): Promise<void>;
  stop(): Promise<void>;
  syncing(): SyncProgress | undefined;
  readonly voteOutbox: FinalityOutbox;
  /** Synced and, unless this node may be the first, connected to a ready peer. */
  isReady(): boolean;
  /** Why sync needs the operator or, unless this node may be the first, why no peer is ready. */
  isolation(): string | undefined;
}
