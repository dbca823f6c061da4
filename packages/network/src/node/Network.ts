import type { PeerStatus } from "../peers/index.ts";
import type { SyncProgress } from "../sync/SyncProgress.ts";
import type { PeerId } from "../transport/Transport.ts";

/** A node's part of the network. */
export interface Network {
  start(): Promise<void>;
  /** Resolves when all connections have ended and nothing is underway. */
  stop(): Promise<void>;
  readonly self: PeerId;
  /** Where this node can be dialled. */
  addresses(): readonly string[];
  peers(): readonly PeerStatus[];
  /** Dials a peer and keeps the connection up. @throws DIAL_FAILED, DIAL_REFUSED */
  addPeer(address: string): Promise<PeerId>;
  /** Disconnects a peer and dials it no more. */
  removePeer(peer: PeerId): void;
  ban(peer: PeerId, durationMs: number): void;
  unban(peer: PeerId): void;
  /** Undefined while this node is as far as its peers. */
  syncing(): SyncProgress | undefined;
  /** As far as the peers that were heard, of whom there is one unless none is expected. */
  isReady(): boolean;
}
