import type { Clock, Log, Metrics, Scheduler } from "@trellis/base";
import type { Signer } from "@trellis/crypto";
import type { IndexView } from "@trellis/indexer";
import type { ListenerTls } from "@trellis/platform/tls";
import type {
  AccountOverride,
  Address,
  Awaitable,
  ChainBlock,
  ChainView,
  DumpedAccount,
  Evidence,
  FinalityView,
  Hash,
  MiningService,
  NetworkControl,
  NetworkView,
  PoolView,
  TransactionIntake,
} from "@trellis/protocol";

import type { RpcGuard } from "./guards/RpcGuard.ts";
import type { RpcUsage } from "./guards/RpcUsage.ts";
import type { RemoteEngine } from "./jsonrpc/engine/RemoteEngine.ts";
import type { ReadPool } from "./reads/pool/ReadPool.ts";

/** wei per gas. */
export interface TipSuggestion {
  readonly low: bigint;
  readonly normal: bigint;
  readonly fast: bigint;
}

export interface DevControl {
  /** Resolves when the blocks are on the selected chain. */
  mine(count: number): Promise<readonly Hash[]>;
  /** A text says why this node takes none. */
  readonly commands: DevCommands | string;
}

/** Of the next block, except `gasLimit` and `miner`. */
export interface DevSettings {
  readonly timestampMs?: number;
  /** wei per gas */
  readonly baseFee?: bigint;
  readonly prevRandao?: Hash;
  readonly gasLimit?: bigint;
  readonly miner?: Address;
}

export interface SeriesRequest {
  readonly count: number;
  /** Between the blocks. 0: as the clock says. */
  readonly intervalMs: number;
  /** Of the first block. */
  readonly timestampMs?: number;
  /** Ends the series. */
  isOver(): boolean;
}

/** Commands of a program that controls the devnet. [DEV-1] */
export interface DevCommands {
  /** Of this process. */
  readonly instanceId: Hash;
  /** Contracts whose code and storage the node reads. */
  readonly systemContracts: ReadonlySet<Address>;
  nowMs(): number;
  /** TIMESTAMP of a block may be its parent's. */
  readonly allowsEqualTimes: boolean;
  /** Of the next block, in seconds. */
  nextTimestamp(): number;
  /** Undefined until it is set. */
  readonly miner: Address | undefined;
  readonly isAutomine: boolean;
  /** Between blocks without transactions. 0: none. */
  readonly intervalMs: number;
  setAutomine(isOn: boolean): void;
  /** 0: no blocks without transactions. */
  setIntervalMs(intervalMs: number): void;
  /** @returns what the devnet's clock is ahead of the system's, in ms */
  advance(addedMs: number): number;
  set(settings: DevSettings): void;
  mine(request: SeriesRequest): Promise<void>;
  /** Reads what `override` will read: a fork asks the forked chain's node. */
  readAhead(accounts: ReadonlyMap<Address, AccountOverride>, isOver: () => boolean): Promise<void>;
  /** Makes a block, unless it `isOver` before. */
  override(accounts: ReadonlyMap<Address, AccountOverride>, isOver: () => boolean): Promise<void>;
  /** Valid until the next block. */
  accounts(): Iterable<DumpedAccount>;
  /** Undefined if there are too many. */
  snapshot(): Promise<number | undefined>;
  revert(id: number): Promise<boolean>;
  /** Back to genesis. False if there are too many blocks. */
  reset(): Promise<boolean>;
  /** @returns how many there were */
  drop(transactions: readonly Hash[]): number;
}

/** Chain that a devnet forks, at the block under its genesis. [DEV-8] */
export interface ForkedChain {
  /** May contain a credential. */
  readonly url: string;
  readonly chainId: number;
  readonly number: number;
  readonly hash: Hash;
  request(method: string, params: readonly unknown[]): Promise<unknown>;
}

export interface FinalityService extends FinalityView {
  /** Queues verified evidence for a block. @throws a TrellisError that names the violated rule */
  submitEvidence(evidence: Evidence): void;
}

export type TraceCall = (
  method: string,
  traceparent: string | undefined,
  run: () => Awaitable<unknown>,
) => Awaitable<unknown>;

/** Shards that this node follows. */
export interface ShardPeers {
  /** Ascending, with this one. */
  readonly followed: readonly number[];
  /** Calls a public method of another followed shard. */
  askShard(shard: number, method: string, params: readonly unknown[]): Promise<unknown>;
}

export interface RpcNodePorts {
  readonly chain: ChainView;
  readonly pool: PoolView;
  readonly intake: TransactionIntake;
  /** Undefined, or resolves when blocks have the transactions whose answers did not wait. [DEV-9] */
  readonly settled?: () => Promise<void> | undefined;
  readonly suggestTips: (recent: readonly ChainBlock[], floorWei: bigint) => TipSuggestion;
  readonly signers?: readonly Signer[];
  readonly devControl?: DevControl;
  readonly forked?: ForkedChain | undefined;
  /** Absent if the node follows only this shard. */
  readonly shards?: ShardPeers | undefined;
  readonly mining?: MiningService;
  readonly finality?: FinalityService;
  readonly index?: IndexView;
  readonly network?: NetworkView;
  readonly networkControl?: NetworkControl;
  /** Undefined if other threads cannot read the store. */
  readonly readPool?: ReadPool | undefined;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly trace?: TraceCall | undefined;
  readonly guard?: RpcGuard | undefined;
  readonly usage?: RpcUsage | undefined;
  /** By shard, without this one. [RPC-33] */
  readonly engines?: ReadonlyMap<number, RemoteEngine> | undefined;
  readonly tls?: ListenerTls | undefined;
  /** If true, answers close their connections, so that clients connect to another node. [RPC-20] */
  readonly isDraining?: () => boolean;
}
