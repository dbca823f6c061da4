import type { SyncProgress } from "../sync/SyncProgress.ts";
import type { Connection, PeerId } from "../transport/Transport.ts";
import type { Hello } from "../wire/index.ts";

/** What is known of a connected peer. */
export interface PeerStatus {
  readonly id: PeerId;
  readonly connection: Connection;
  /** What it last said of itself; undefined until its hello came. */
  readonly hello: Hello | undefined;
  readonly score: number;
}

/** A node's part of the network. */
export interface Network {
  readonly self: PeerId;
  start(): Promise<void>;
  /** Resolves when all connections have ended. */
  stop(): Promise<void>;
  /** Where this node can be dialled. */
  addresses(): readonly string[];
  peers(): readonly PeerStatus[];
  /** Dials a peer, and keeps the connection up from then on. @throws DIAL_FAILED, DIAL_REFUSED */
  addPeer(address: string): Promise<PeerId>;
  /** Disconnects a peer and dials it no more. */
  removePeer(peer: PeerId): void;
  ban(peer: PeerId, durationMs: number): void;
  unban(peer: PeerId): void;
  /** Undefined while this node is as far as its peers. */
  syncing(): SyncProgress | undefined;
  /** As far as its peers, of whom it has heard one unless it knows of none. */
  isReady(): boolean;
}
