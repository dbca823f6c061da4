import type { Clock, Log, Metrics, Pace, Random } from "@trellis/base";
import type { CallEvm, Evm, Header, NetworkParameters } from "@trellis/protocol";
import type { KeyValueStore } from "@trellis/storage";
import type { VoteSignatures } from "../finality/validatorSets/ValidatorSet.ts";
import type { RecoverSenders } from "./KnownSenders.ts";

export interface ChainOptions {
  readonly parameters: NetworkParameters;
  readonly shard: number;
  /** Keeps all blocks and states. By default the past of the pruning point is deleted. */
  readonly isArchive: boolean;
  /** Number of newest final blocks whose states stay readable. Default: 128. [EXEC-32] */
  readonly historyDepth?: number;
  /** Maximum accounts and slots written per move of the base. Default: 2,000. [EXEC-16] */
  readonly changesPerMove?: number;
  readonly recentBlocksMin?: number;
  /**
   * Interval, in blocks, of the states kept for state sync. Default: one minute of blocks. All nodes should use the
   * same value. [SYNC-STATE-6]
   */
  readonly stateSpacing?: number;
  /** Processor time for a template's own transactions. Default: derived from the gas limit. ms [EXEC-28] */
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
  /** Returns why nothing can be stored, such as a nearly full disk. */
  readonly storageShortage?: () => string | undefined;
  readonly clock: Clock;
  /** Random delay of large templates after slow gas. Default: no delay. [EXEC-34] */
  readonly random?: Random;
  /** Yields the thread in long computations. Default: never. */
  readonly pace?: Pace;
  readonly log: Log;
  readonly metrics: Metrics;
}
