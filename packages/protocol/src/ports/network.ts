import type { Fact } from "@trellis/base";
import type { Hash } from "../words.ts";

/** Selected chain numbers. */
export interface SyncProgress {
  readonly startingBlock: number;
  readonly currentBlock: number;
  readonly highestBlock: number;
}

export interface OffenceView {
  readonly offence: string;
  readonly atMs: number;
  /** Cost in peer score. */
  readonly points: number;
  readonly facts: Readonly<Record<string, Fact>>;
}

/** A connected peer. */
export interface PeerView {
  readonly id: string;
  /** Client name; undefined before the handshake. */
  readonly agent: string | undefined;
  readonly address: string;
  readonly direction: "inbound" | "outbound";
  /** Added by the operator: reconnected, and never disconnected for room. */
  readonly isStatic: boolean;
  /** The node sends it requests and accepts its messages. */
  readonly isTrusted: boolean;
  /** 0 if nothing is known; negative is bad. */
  readonly score: number;
  /** Newest last. */
  readonly offences: readonly OffenceView[];
  readonly connectedSinceMs: number;
  /** Bytes on the wire, if the transport counts them. */
  readonly traffic?: { readonly bytesIn: number; readonly bytesOut: number };
  /** Sink of the peer; undefined before the handshake. */
  readonly sink?: { readonly hash: Hash; readonly number: number; readonly blueWork: bigint };
}

/** A banned peer id or IP address. */
export interface BanView {
  readonly target: string;
  readonly kind: "peer" | "ip";
  readonly reason: string;
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly isByOperator: boolean;
}

export interface NodeView {
  readonly id: string;
  readonly agent: string;
  /** Addresses for others to dial. */
  readonly addresses: readonly string[];
}

/** Read access to peers, for RPC. Empty without a network. */
export interface NetworkView {
  peers(): readonly PeerView[];
  nodeInfo(): NodeView;
  isListening(): boolean;
  /** undefined at the tip. */
  syncing(): SyncProgress | undefined;
  /** Notifies when syncing begins and ends. */
  subscribeSync(listener: (progress: SyncProgress | undefined) => void): () => void;
}

export interface NetworkControl {
  /**
   * Adds a static peer and dials it in the background.
   * @throws ADDRESS_INVALID
   */
  addPeer(address: string): Promise<void>;
  /** Disconnects by id or address and stops reconnecting. False if unknown. */
  removePeer(target: string): boolean;
  /**
   * Bans a peer id or IP address for `durationMs`, or permanently.
   * @throws ADDRESS_INVALID
   */
  ban(target: string, reason: string, durationMs?: number): Promise<void>;
  /** False if it was not banned. */
  unban(target: string): Promise<boolean>;
  bans(): readonly BanView[];
}
