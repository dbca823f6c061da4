import type { Fact } from "@trellis/base";
import type { Hash } from "../words.ts";

/** Numbers of the selected chain. */
export interface SyncProgress {
  readonly startingBlock: number;
  readonly currentBlock: number;
  readonly highestBlock: number;
}

export interface OffenceView {
  readonly offence: string;
  readonly atMs: number;
  readonly points: number;
  readonly facts: Readonly<Record<string, Fact>>;
}

export interface PeerView {
  readonly id: string;
  /** Client name; undefined before the handshake. */
  readonly agent: string | undefined;
  readonly address: string;
  readonly direction: "inbound" | "outbound";
  /** Added by the operator; always kept connected. */
  readonly isStatic: boolean;
  /** Sends it requests and accepts its messages. */
  readonly isTrusted: boolean;
  /** 0 is unknown, negative is bad. */
  readonly score: number;
  /** Newest last. */
  readonly offences: readonly OffenceView[];
  readonly connectedSinceMs: number;
  /** Bytes on the wire, if the transport counts them. */
  readonly traffic?: { readonly bytesIn: number; readonly bytesOut: number };
  /** undefined before the handshake. */
  readonly sink?: { readonly hash: Hash; readonly number: number; readonly blueWork: bigint };
}

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
  readonly addresses: readonly string[];
}

/** Empty without a network. */
export interface NetworkView {
  peers(): readonly PeerView[];
  nodeInfo(): NodeView;
  isListening(): boolean;
  /** undefined at the tip. */
  syncing(): SyncProgress | undefined;
  /** Called when syncing starts and ends. */
  subscribeSync(listener: (progress: SyncProgress | undefined) => void): () => void;
}

export interface NetworkControl {
  /**
   * Dials in the background.
   * @throws ADDRESS_INVALID
   */
  addPeer(address: string): Promise<void>;
  /** By id or address; also stops reconnecting. False if unknown. */
  removePeer(target: string): boolean;
  /**
   * Peer id or IP address. Default: permanently.
   * @throws ADDRESS_INVALID
   */
  ban(target: string, reason: string, durationMs?: number): Promise<void>;
  /** False if it was not banned. */
  unban(target: string): Promise<boolean>;
  bans(): readonly BanView[];
}
