import type { Hash } from "@trellis/protocol";
import type { Server } from "../requests/serve.ts";
import type { GossipVerdict, PeerId } from "../transport/Transport.ts";

export interface Relay {
  readonly servers: readonly Server[];
  readonly topics: readonly { readonly id: string; readonly bytesMax: number }[];
  judge(topic: string, message: Uint8Array, from: PeerId): Promise<GossipVerdict>;
  disconnected?(peer: PeerId): void;
  start?(): void;
  stop(): void;
}

export interface BlockAnnouncer {
  announce(block: Hash): void;
}
