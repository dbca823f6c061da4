import type { Hash } from "@trellis/protocol";
import type { Server } from "../requests/serve.ts";
import type { GossipVerdict, PeerId } from "../transport/Transport.ts";

/** What passes messages on: of blocks, of transactions, or of the vote. */
export interface Relay {
  readonly servers: readonly Server[];
  readonly topics: readonly { readonly id: string; readonly bytesMax: number }[];
  judge(topic: string, message: Uint8Array, from: PeerId): Promise<GossipVerdict>;
  disconnected?(peer: PeerId): void;
  start?(): void;
  stop(): void;
}

export interface BlockAnnouncer {
  /** Tells others of a block that is new here, unless they told of it first. */
  announce(block: Hash): void;
}
