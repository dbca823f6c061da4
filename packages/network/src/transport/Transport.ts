import type { Facts } from "@trellis/base";

/** Peer id, derived from its key. */
export type PeerId = string;

export interface Connection {
  readonly peer: PeerId;
  /** A multiaddr on a real network. */
  readonly address: string;
  readonly ip: string;
  readonly direction: "inbound" | "outbound";
}

/** "ignore" drops the message; "reject" also penalises the sender. */
export type GossipVerdict = "accept" | "ignore" | "reject";

/** Offences detected before any message is read. */
export type TransportOffence = "malformed" | "flooding" | "stalling" | "otherNetwork";

export type TransportBucket = "frames" | "gossip";

/** Since the connection opened. */
export interface Traffic {
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** Callbacks; an exception fails the message or stream only. */
export interface TransportHandlers {
  /** A reason rejects the connection. `peer` is set once its key is proven. */
  refusal(candidate: Omit<Connection, "peer" | "address"> & { readonly peer?: PeerId }): string | undefined;
  connected(connection: Connection): void;
  disconnected(peer: PeerId): void;
  /** An exception ends the stream without an answer. */
  answer(peer: PeerId, protocol: string, request: Uint8Array): Promise<Uint8Array>;
  /** Called before the message is relayed. */
  judge(topic: string, message: Uint8Array, from: PeerId): Promise<GossipVerdict>;
  /** Charges a peer's bucket; on false the connection is closed. */
  spend(peer: PeerId, bucket: TransportBucket, tokens: number): boolean;
  offended(peer: PeerId, offence: TransportOffence, facts: Facts): void;
  discovered(peer: PeerId, addresses: readonly string[]): void;
}

export interface RequestOptions {
  readonly timeoutMs: number;
  readonly answerBytesMax: number;
}

export interface TransportProtocol {
  /** `/trellis/1/headers/1` */
  readonly id: string;
  readonly requestBytesMax: number;
}

/** libp2p in production, virtual in the simulator. */
export interface Transport {
  readonly self: PeerId;
  /** Dialable addresses with the peer id. */
  addresses(): readonly string[];
  start(
    handlers: TransportHandlers,
    protocols: readonly TransportProtocol[],
    topics: readonly { readonly id: string; readonly bytesMax: number }[],
  ): Promise<void>;
  /** @throws DIAL_FAILED, PEER_REFUSED */
  dial(address: string): Promise<PeerId>;
  disconnect(peer: PeerId, reason: string): void;
  /** @throws REQUEST_FAILED, PROTOCOL_VIOLATED */
  request(peer: PeerId, protocol: string, request: Uint8Array, options: RequestOptions): Promise<Uint8Array>;
  /** Gossips to all subscribers but this node. */
  publish(topic: string, message: Uint8Array): void;
  /** Undefined if not connected. */
  traffic?(peer: PeerId): Traffic | undefined;
  /** Sum over all peers since start. */
  totalTraffic?(): Traffic;
  stop(): Promise<void>;
}
