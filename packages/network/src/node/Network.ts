import type {
  FinalityOutbox,
  NetworkControl,
  NetworkView,
  OutboxRequest,
  PeerClaim,
} from "@trellis/protocol";
import type { ConnectionLimits } from "../peers/index.ts";
import type { SyncProgress } from "../sync/SyncProgress.ts";

/** What can change while a node runs. */
export interface Reach {
  /** Addresses to dial until other peers are known. */
  readonly bootstrap: readonly string[];
  /** If false, the node may be the first of its network. Default: whether there are bootstrap addresses. */
  readonly awaitsPeer?: boolean;
  /** Peers that the node dials. */
  readonly outboundTarget: number;
  readonly limits?: Partial<ConnectionLimits>;
}

export interface Network extends NetworkView, NetworkControl {
  start(): Promise<void>;
  stop(): Promise<void>;
  syncing(): SyncProgress | undefined;
  readonly voteOutbox: FinalityOutbox;
  /** From peers, in the background. Repeat it while the messages are missing. [SHARD-21] */
  requestOutbox(request: OutboxRequest): void;
  /** Connected peers stay, even above a lower limit. @throws ARGUMENT_INVALID */
  changeReach(reach: Reach): void;
  /** Synced and, unless this node may be the first, connected to a ready peer. */
  isReady(): boolean;
  /** Why sync needs the operator or, unless this node may be the first, why no peer is ready. */
  isolation(): string | undefined;
  /** Of the ready peers. */
  claims(): readonly PeerClaim[];
}
