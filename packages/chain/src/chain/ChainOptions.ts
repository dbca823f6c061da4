import type { Clock, Log, Metrics, Pace, Random, Tracing } from "@trellis/base";
import type { CallEvm, Evm, Header, NetworkParameters, OriginState, Transaction } from "@trellis/protocol";
import type { KeyValueStore } from "@trellis/storage";
import type { FinalAnchors } from "../consensus/rules/anchor.ts";
import type { VoteSignatures } from "../finality/validatorSets/ValidatorSet.ts";
import type { Outboxes } from "../shards/buildBatches.ts";
import type { CrossLinkSource } from "../shards/crossLinksToCarry.ts";
import type { ReportEvidence } from "../shards/evidenceReporter.ts";
import type { RecoverSenders } from "./KnownSenders.ts";

export interface SnapshotLimits {
  /** State layers above the oldest snapshot stay in memory. */
  readonly blocksMax: number;
  readonly countMax: number;
  /** Chain blocks that a revert loads and removes together. */
  readonly stepMax: number;
}

export interface ChainOptions {
  readonly parameters: NetworkParameters;
  readonly shard: number;
  readonly isArchive: boolean;
  /** Number of final blocks with readable states. Default: 128. [EXEC-32] */
  readonly historyDepth?: number;
  /** Default: 2,000 accounts and slots. [EXEC-16] */
  readonly changesPerMove?: number;
  readonly recentBlocksMin?: number;
  /** In blocks. Default: one minute of blocks. [SYNC-STATE-6] */
  readonly stateSpacing?: number;
  /** Default: derived from the gas limit. [EXEC-28] */
  readonly blockTimeBudgetMs?: number;
  /** Default: 10,000 snapshots of the last 50,000 blocks. [DEV-3] */
  readonly snapshotLimits?: SnapshotLimits;
}

export interface ChainPorts {
  readonly store: KeyValueStore;
  readonly evm: Evm;
  /** State that a devnet forks, without the accounts of its genesis. [DEV-7] */
  readonly origin?: OriginState | undefined;
  /** Runs calls off the chain's thread. Default: `evm`. */
  readonly callEvm?: CallEvm | undefined;
  readonly recoverSenders: RecoverSenders;
  /** Before the pool needs them. Default: the pool recovers them. [POOL-21] */
  readonly recoverAuthorities?: (transaction: Transaction) => Promise<void>;
  readonly verifySeal: (header: Header) => Promise<boolean>;
  readonly voteSignatures?: VoteSignatures;
  /** In shard n > 0 only, where they are required. [SHARD-14.2] */
  readonly anchors?: FinalAnchors | undefined;
  /** Messages of other shards for own blocks. Default: blocks name no newer anchors. */
  readonly outboxes?: Outboxes | undefined;
  /** In shard 0, of the other shards that this node follows. Default: none. [SHARD-14.4] */
  readonly crossLinks?: CrossLinkSource | undefined;
  /** In shard n > 0, to shard 0 (`evidenceReporter`). [SHARD-16.1] */
  readonly reportEvidence?: ReportEvidence | undefined;
  readonly storageShortage?: () => string | undefined;
  readonly clock: Clock;
  /** Randomizes the delay of large templates. Default: no delay. [EXEC-34] */
  readonly random?: Random;
  /** Default: never yields the thread. */
  readonly pace?: Pace;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly tracing?: Tracing | undefined;
}
