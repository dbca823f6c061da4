import type { Facts } from "@trellis/base";

/** Identifies a peer by its key; what it looks like is the transport's affair. */
export type PeerId = string;

/** A connection that is open. */
export interface Connection {
  readonly peer: PeerId;
  /** Where the peer is reached: a multiaddr on a real network. */
  readonly address: string;
  /** The IP address of the other end; what limits by address count. */
  readonly ip: string;
  readonly direction: "inbound" | "outbound";
}

/** What becomes of a gossiped message: it is passed on, dropped, or dropped and held against who sent it. */
export type GossipVerdict = "accept" | "ignore" | "reject";

/** What a peer does wrong before any message of its is read. */
export type TransportOffence = "malformed" | "flooding" | "stalling" | "otherNetwork";

/** What a transport itself costs, beside the messages that it carries: frames of its connections, gossip of any kind. */
export type TransportBucket = "frames" | "gossip";

/** Bytes to and from a peer since it is connected. */
export interface Traffic {
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** What a transport asks of the node behind it. A handler that throws costs the message or the stream, never more. */
export interface TransportHandlers {
  /** Before anything is spent on a connection; a reason refuses it. The peer is known once it has proven its key. */
  refusal(candidate: Omit<Connection, "peer" | "address"> & { readonly peer?: PeerId }): string | undefined;
  connected(connection: Connection): void;
  disconnected(peer: PeerId): void;
  /** Answers a request; a throw ends the stream without an answer. */
  answer(peer: PeerId, protocol: string, request: Uint8Array): Promise<Uint8Array>;
  /** Judges a message before it is passed on. */
  judge(topic: string, message: Uint8Array, from: PeerId): Promise<GossipVerdict>;
  /** Takes tokens from a peer's bucket; if it has too few, the transport ends the connection. */
  spend(peer: PeerId, bucket: TransportBucket, tokens: number): boolean;
  /** What the transport itself saw a peer do. */
  offended(peer: PeerId, offence: TransportOffence, facts: Facts): void;
  /** A peer that can be dialled was found. */
  discovered(peer: PeerId, addresses: readonly string[]): void;
}

export interface RequestOptions {
  readonly timeoutMs: number;
  /** A longer answer ends the stream. */
  readonly answerBytesMax: number;
}

/** What a transport needs to know of the protocols that it carries: they are answered, or it does not carry them. */
export interface TransportProtocol {
  /** `/trellis/1/headers/1` */
  readonly id: string;
  readonly requestBytesMax: number;
}

/** Authenticated connections to peers, requests over them, and gossip. libp2p in production, virtual in the simulator. */
export interface Transport {
  readonly self: PeerId;
  /** Where this node can be dialled, with its key. */
  addresses(): readonly string[];
  start(
    handlers: TransportHandlers,
    protocols: readonly TransportProtocol[],
    topics: readonly { readonly id: string; readonly bytesMax: number }[],
  ): Promise<void>;
  /** @throws DIAL_FAILED, DIAL_REFUSED */
  dial(address: string): Promise<PeerId>;
  /** Ends the peer's connections; nothing if it has none. */
  disconnect(peer: PeerId, reason: string): void;
  /** @throws REQUEST_FAILED, PROTOCOL_VIOLATED */
  request(peer: PeerId, protocol: string, request: Uint8Array, options: RequestOptions): Promise<Uint8Array>;
  /** Sends a message to all who follow the topic, in time. Its own node does not hear it. */
  publish(topic: string, message: Uint8Array): void;
  /** Where it is counted; undefined for who is not connected. */
  traffic?(peer: PeerId): Traffic | undefined;
  /** Of all peers since it was started, also of those who are gone. */
  totalTraffic?(): Traffic;
  stop(): Promise<void>;
}
