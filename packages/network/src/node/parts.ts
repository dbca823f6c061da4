import type { Hash } from "@trellis/protocol";
import type { PeerGuard } from "../peers/PeerGuard.ts";
import type { Server } from "../sync/serving/serve.ts";
import type { Connection, GossipVerdict, PeerId, TransportHandlers } from "../transport/Transport.ts";

/** The guard as the composition of a node needs it. */
export interface PeerControl extends PeerGuard {
  /** Why a connection is not wanted. */
  readonly refusal: TransportHandlers["refusal"];
  connected(connection: Connection): void;
  disconnected(peer: PeerId): void;
  ban(peer: PeerId, durationMs: number): void;
  unban(peer: PeerId): void;
  isBanned(peer: PeerId): boolean;
  score(peer: PeerId): number;
  stop(): Promise<void> | void;
}

/** What passes messages on: of blocks, or of transactions. */
export interface Relay {
  readonly servers: readonly Server[];
  readonly topics: readonly { readonly id: string; readonly bytesMax: number }[];
  judge(topic: string, message: Uint8Array, from: PeerId): Promise<GossipVerdict>;
  /** A peer has said that it follows this chain. */
  greeted?(peer: PeerId): void;
  disconnected?(peer: PeerId): void;
  start?(): void;
  stop(): void;
}

export interface BlockAnnouncer {
  /** Tells others of a block that is new here, unless they told of it first. */
  announce(block: Hash): void;
}
