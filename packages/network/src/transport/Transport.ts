import type { Facts } from "@trellis/base";

export type PeerId = string;

export interface Connection {
  readonly peer: PeerId;
  readonly address: string;
  readonly ip: string;
  readonly direction: "inbound" | "outbound";
}

/** "ignore" drops the message; "reject" also penalises the sender. */
export type GossipVerdict = "accept" | "ignore" | "reject";

/** All subscribed peers, or only those of the gossip mesh. */
export type GossipReach = "peers" | "mesh";

export type TransportOffence = "malformed" | "flooding" | "stalling" | "otherNetwork";

export type TransportBucket = "frames" | "gossip";

export interface Traffic {
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** If a handler throws, only its message or stream fails. */
export interface TransportHandlers {
  /** Reason to reject the connection. `peer` is defined once the peer has proven its key. */
  refusal(candidate: Omit<Connection, "peer" | "address"> & { readonly peer?: PeerId }): string | undefined;
  connected(connection: Connection): void;
  disconnected(peer: PeerId): void;
  answer(peer: PeerId, protocol: string, request: Uint8Array): Promise<Uint8Array>;
  judge(topic: string, message: Uint8Array, from: PeerId): Promise<GossipVerdict>;
  /** False: close the connection. */
  spend(peer: PeerId, bucket: TransportBucket, tokens: number): boolean;
  offended(peer: PeerId, offence: TransportOffence, facts: Facts): void;
  discovered(peer: PeerId, addresses: readonly string[]): void;
}

export interface RequestOptions {
  readonly timeoutMs: number;
  readonly answerBytesMax: number;
  /** Sent instead if the peer supports the protocol. */
  readonly preferred?: { readonly protocol: string; readonly request: Uint8Array };
}

export interface TransportProtocol {
  readonly id: string;
  readonly requestBytesMax: number;
}

export interface Transport {
  readonly self: PeerId;
  addresses(): readonly string[];
  start(
    handlers: TransportHandlers,
    protocols: readonly TransportProtocol[],
    topics: readonly { readonly id: string; readonly bytesMax: number }[],
  ): Promise<void>;
  /** @throws DIAL_FAILED, PEER_REFUSED */
  dial(address: string): Promise<PeerId>;
  disconnect(peer: PeerId, reason: string): void;
  /** @throws REQUEST_FAILED, PROTOCOL_UNSUPPORTED, PROTOCOL_VIOLATED */
  request(peer: PeerId, protocol: string, request: Uint8Array, options: RequestOptions): Promise<Uint8Array>;
  publish(topic: string, message: Uint8Array, to?: GossipReach): void;
  traffic?(peer: PeerId): Traffic | undefined;
  totalTraffic?(): Traffic;
  stop(): Promise<void>;
}
