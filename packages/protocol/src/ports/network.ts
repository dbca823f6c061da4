import type { Fact } from "@trellis/base";
import type { Hash } from "../words.ts";

/** Numbers are of blocks on the selected chain. */
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
  readonly isTrusted: boolean;
  /** 0 for a neutral peer, negative for a bad one. */
  readonly score: number;
  readonly offences: readonly OffenceView[];
  readonly connectedSinceMs: number;
  readonly traffic?: { readonly bytesIn: number; readonly bytesOut: number };
  /** Undefined before the handshake. */
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

/** Without a network all lists are empty. */
export interface NetworkView {
  peers(): readonly PeerView[];
  nodeInfo(): NodeView;
  isListening(): boolean;
  syncing(): SyncProgress | undefined;
  subscribeSync(listener: (progress: SyncProgress | undefined) => void): () => void;
}

export interface NetworkControl {
  /**
   * Dials in the background.
   * @throws ADDRESS_INVALID
   */
  addPeer(address: string): Promise<void>;
  /** Accepts an id or address; also stops reconnecting. Returns false if unknown. */
  removePeer(target: string): boolean;
  /**
   * Accepts a peer id or IP address. Default duration: permanent.
   * @throws ADDRESS_INVALID
   */
  ban(target: string, reason: string, durationMs?: number): Promise<void>;
  unban(target: string): Promise<boolean>;
  bans(): readonly BanView[];
}
