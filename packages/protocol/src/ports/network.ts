import type { Fact } from "@trellis/base";
import type { Hash } from "../words.ts";

/** Block numbers on the selected chain. */
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
  /** If true, the node always reconnects. */
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

/** A peer's last hello. */
export interface PeerClaim {
  readonly sink: { readonly number: number; readonly blueWork: bigint };
  readonly finalized: { readonly number: number; readonly hash: Hash };
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

export interface NetworkView {
  peers(): readonly PeerView[];
  nodeInfo(): NodeView;
  isListening(): boolean;
  syncing(): SyncProgress | undefined;
  subscribeSync(listener: (progress: SyncProgress | undefined) => void): () => void;
}

export interface NetworkControl {
  /** Connects in the background. @throws ADDRESS_INVALID */
  addPeer(address: string): Promise<void>;
  /** Also stops reconnecting. False for an unknown peer. @param target peer id or address */
  removePeer(target: string): boolean;
  /**
   * Default duration: permanent.
   * @param target peer id or IP address
   * @throws ADDRESS_INVALID
   */
  ban(target: string, reason: string, durationMs?: number): Promise<void>;
  unban(target: string): Promise<boolean>;
  bans(): readonly BanView[];
}
