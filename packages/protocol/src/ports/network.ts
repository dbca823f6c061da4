import type { Fact } from "@trellis/base";
import type { Hash } from "../words.ts";

/** How far catching up with the network is. Numbers of the selected chain. */
export interface SyncProgress {
  readonly startingBlock: number;
  readonly currentBlock: number;
  readonly highestBlock: number;
}

/** What a peer did wrong, and when. */
export interface OffenceView {
  readonly offence: string;
  readonly atMs: number;
  /** Points that it cost. */
  readonly points: number;
  readonly facts: Readonly<Record<string, Fact>>;
}

/** A peer that is connected, as the operator sees it. */
export interface PeerView {
  readonly id: string;
  /** What the peer calls its software; undefined before it said so. */
  readonly agent: string | undefined;
  /** Where it is reached. */
  readonly address: string;
  readonly direction: "inbound" | "outbound";
  /** Added by the operator: kept connected, and never disconnected to make room. */
  readonly isStatic: boolean;
  /** Asked and listened to. */
  readonly isTrusted: boolean;
  /** 0 for one of whom nothing is known; negative is bad. */
  readonly score: number;
  /** Newest last. */
  readonly offences: readonly OffenceView[];
  readonly connectedSinceMs: number;
  /** Bytes on the wire, where the transport counts them. */
  readonly traffic?: { readonly bytesIn: number; readonly bytesOut: number };
  /** How far it said it is; undefined before it said so. */
  readonly sink?: { readonly hash: Hash; readonly number: number; readonly blueWork: bigint };
}

/** A peer or an IP address that is kept out. */
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
  /** Where others can dial this node. */
  readonly addresses: readonly string[];
}

/** What RPC tells about the node's peers. A node without a network has none. */
export interface NetworkView {
  peers(): readonly PeerView[];
  nodeInfo(): NodeView;
  isListening(): boolean;
  /** undefined when the node is at the tip. */
  syncing(): SyncProgress | undefined;
  /** Called when syncing begins and ends. */
  subscribeSync(listener: (progress: SyncProgress | undefined) => void): () => void;
}

/** What the operator may do with peers. */
export interface NetworkControl {
  /**
   * Keeps a connection to the address up from now on; the first attempt may still be under way.
   * @throws ADDRESS_INVALID
   */
  addPeer(address: string): Promise<void>;
  /** By id or address: disconnects it and no longer keeps the connection up. False if there was none. */
  removePeer(target: string): boolean;
  /**
   * Keeps a peer id or an IP address out for `durationMs`, or for good.
   * @throws ADDRESS_INVALID
   */
  ban(target: string, reason: string, durationMs?: number): Promise<void>;
  /** False if it was not banned. */
  unban(target: string): Promise<boolean>;
  bans(): readonly BanView[];
}
