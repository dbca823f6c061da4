import type { Clock, Log, Metrics, Pace, Random, TrellisError } from "@trellis/base";
import type { Address, CallEvm, Evm, Header, NetworkParameters, Transaction } from "@trellis/protocol";
import type { KeyValueStore } from "@trellis/storage";
import type { VoteSignatures } from "../finality/validatorSets/ValidatorSet.ts";

export interface ChainOptions {
  readonly parameters: NetworkParameters;
  readonly shard: number;
  /** Keeps all blocks and states. Default: deletes the past of the pruning point. */
  readonly isArchive: boolean;
  /** Final blocks with readable states. Default: 128. [EXEC-32] */
  readonly historyDepth?: number;
  /** Accounts and slots per move of the base. Default: 2,000. [EXEC-16] */
  readonly changesPerMove?: number;
  /** Chain blocks exempt from pruning. */
  readonly recentBlocksMin?: number;
  /**
   * For state sync, keeps states of multiples of this block number. Default: one minute of blocks. Equal on all nodes.
   * [SYNC-STATE-6]
   */
  readonly stateSpacing?: number;
  /** Processor time of own transactions. Default: from the gas limit. ms [EXEC-28] */
  readonly blockTimeBudgetMs?: number;
}

export interface ChainPorts {
  readonly store: KeyValueStore;
  readonly evm: Evm;
  /** Off the chain's thread. Default: `evm`. */
  readonly callEvm?: CallEvm | undefined;
  /** Returns an error per invalid signature. */
  readonly recoverSenders: (transactions: readonly Transaction[]) => Promise<(Address | TrellisError)[]>;
  /** Against the header's own bits. */
  readonly verifySeal: (header: Header) => Promise<boolean>;
  /** Default: blst. */
  readonly voteSignatures?: VoteSignatures;
  /** Reason not to store, such as a nearly full disk. */
  readonly storageShortage?: () => string | undefined;
  readonly clock: Clock;
  /** For turns after slow gas. Default: no turns. [EXEC-34] */
  readonly random?: Random;
  /** Yields the thread. Default: never. */
  readonly pace?: Pace;
  readonly log: Log;
  readonly metrics: Metrics;
}
