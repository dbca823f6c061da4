import type { MessagePort } from "node:worker_threads";
import type { LogFacts } from "@trellis/base";
import type { AnchoredRecord, AnchoredState, ShardTotals, Voter } from "@trellis/chain";
import type { ChangeCause } from "@trellis/platform/config";
import type { HealthReport } from "@trellis/platform/http";
import type {
  Anchor,
  BlockTemplate,
  CrossLink,
  Evidence,
  Hash,
  NetworkParameters,
  OutboxRange,
  OutboxRequest,
  TemplateRequest,
} from "@trellis/protocol";
import type { FromEngine, RpcOptions, ToEngine } from "@trellis/rpc";
import type { StoreKind } from "@trellis/storage";
import type { MempoolSettings } from "../node/mempoolSettings.ts";
import type { NetworkSettings } from "../node/networkSettings.ts";

/** What a shard's thread starts with. */
export interface HostOptions {
  readonly shard: number;
  readonly parameters: NetworkParameters;
  /** Undefined: in memory only. */
  readonly directory: string | undefined;
  readonly storeKind: StoreKind;
  readonly isArchive: boolean;
  readonly isDurable: boolean;
  readonly hasIndex: boolean;
  readonly mempool: MempoolSettings | undefined;
  /** Of the shard's own p2p network. Undefined: the node has no peers. */
  readonly p2p: NetworkSettings | undefined;
  readonly rpc: RpcOptions;
  /** Accounts that JSON-RPC signs with. */
  readonly privateKeys: readonly Uint8Array[];
  /** Number of the development validator that votes, from 0. */
  readonly developmentValidator: number | undefined;
  readonly followed: readonly number[];
  readonly isVerbose: boolean;
  /** Answers of `AnchorQuestion`, for which the thread waits. */
  readonly answers: MessagePort;
  readonly answered: SharedArrayBuffer;
}

/** A final block of shard 0. */
export interface SentAnchor {
  readonly anchor: Anchor;
  readonly state: AnchoredState;
}

export interface SentVoters {
  readonly epoch: number;
  readonly voters: readonly Voter[];
}

/** Of a final block that the thread no longer knows, or never did. */
export type AnchorQuestion =
  | { readonly number: number }
  | { readonly hash: Hash }
  | { readonly epoch: number };

export interface SentAnswer {
  readonly id: number;
  readonly value: SentAnchor | SentVoters | undefined;
}

export interface HostedTemplate extends BlockTemplate {
  readonly id: number;
}

export interface HostFacts {
  readonly genesisHash: Hash;
  readonly chainId: bigint;
  readonly p2p: NodeAddresses | undefined;
}

/** Of a node in a shard's p2p network. */
export interface NodeAddresses {
  readonly id: string;
  readonly addresses: readonly string[];
}

export interface HostHealth extends Pick<HealthReport, "reasons" | "warnings"> {
  /** Synced, so that mining makes sense. */
  readonly isReady: boolean;
  /** They change with the listeners and the key. */
  readonly p2p: NodeAddresses | undefined;
}

/** What a host takes while it runs. */
export interface HostLiveSettings extends NetworkSettings {
  /** Undefined: the defaults. */
  readonly mempool: MempoolSettings | undefined;
}

/** From the main thread. */
export interface HostCalls {
  open(newest: SentAnchor, voters: SentVoters): Promise<HostFacts>;
  anchors(moved: readonly SentAnchor[], voters: SentVoters | undefined): Promise<void>;
  /** Shard 0 has recorded it, but not finally. */
  expect(source: number, record: AnchoredRecord): void;
  engine(message: ToEngine): void;
  template(request: TemplateRequest): Promise<HostedTemplate>;
  seal(id: number, branch: readonly Hash[], nonce: bigint): Promise<Hash>;
  rangeOf(request: OutboxRequest): OutboxRange | undefined;
  take(request: OutboxRequest, range: OutboxRange): boolean;
  metrics(): Promise<string>;
  reload(settings: HostLiveSettings, cause: ChangeCause): Promise<void>;
  stop(): Promise<void>;
}

/** From a shard's thread. */
export interface HubCalls {
  /** Blocks the asking thread. */
  ask(id: number, question: AnchorQuestion): void;
  engine(message: FromEngine): void;
  crossLinks(links: readonly CrossLink[]): void;
  /** The head of the shard's chain. */
  changed(): void;
  /** @returns whether shard 0 takes it now */
  evidence(evidence: Evidence): boolean;
  want(request: OutboxRequest): void;
  totals(totals: ShardTotals): void;
  /** Of another followed shard. */
  call(shard: number, method: string, params: readonly unknown[]): Promise<unknown>;
  log(line: LogLine): void;
  health(health: HostHealth): void;
  failed(service: string, error: unknown): void;
}

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly module: readonly string[];
  readonly event: string;
  readonly facts: LogFacts;
  /** Packed. */
  readonly error: unknown;
}
