import type { Clock, Log, Metrics, Pace, Random } from "@trellis/base";
import type { CallEvm, Evm, Header, NetworkParameters } from "@trellis/protocol";
import type { KeyValueStore } from "@trellis/storage";
import type { VoteSignatures } from "../finality/validatorSets/ValidatorSet.ts";
import type { RecoverSenders } from "./KnownSenders.ts";

export interface ChainOptions {
  readonly parameters: NetworkParameters;
  readonly shard: number;
  /** If false, blocks in the past of the pruning point are deleted. */
  readonly isArchive: boolean;
  /** Number of newest final blocks whose states stay readable. Default: 128. [EXEC-32] */
  readonly historyDepth?: number;
  /** Limit on accounts and slots written per move of the base. Default: 2,000. [EXEC-16] */
  readonly changesPerMove?: number;
  readonly recentBlocksMin?: number;
  /**
   * Number of blocks between states kept for state sync, equal on all nodes. Default: one minute of blocks.
   * [SYNC-STATE-6]
   */
  readonly stateSpacing?: number;
  /** Time limit of a template's own transactions. Default: derived from the gas limit. [EXEC-28] */
  readonly blockTimeBudgetMs?: number;
}

export interface ChainPorts {
  readonly store: KeyValueStore;
  readonly evm: Evm;
  /** Runs calls off the chain's thread. Default: `evm`. */
  readonly callEvm?: CallEvm | undefined;
  readonly recoverSenders: RecoverSenders;
  readonly verifySeal: (header: Header) => Promise<boolean>;
  readonly voteSignatures?: VoteSignatures;
  /** Returns the reason if storing is impossible, such as a nearly full disk. */
  readonly storageShortage?: () => string | undefined;
  readonly clock: Clock;
  /** Source of the delay of large templates after slow gas. Default: no delay. [EXEC-34] */
  readonly random?: Random;
  /** Default: never yields the thread. */
  readonly pace?: Pace;
  readonly log: Log;
  readonly metrics: Metrics;
}
