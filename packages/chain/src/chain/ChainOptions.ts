import type { Clock, Log, Metrics, Pace, Random, TrellisError } from "@trellis/base";
import type { Address, CallEvm, Evm, Header, NetworkParameters, Transaction } from "@trellis/protocol";
import type { KeyValueStore } from "@trellis/storage";
import type { VoteSignatures } from "../finality/validatorSets/ValidatorSet.ts";

export interface ChainOptions {
  readonly parameters: NetworkParameters;
  readonly shard: number;
  /** Keeps every block and the state after each. Without, what lies below the pruning point is deleted. */
  readonly isArchive: boolean;
  /** Final blocks under the newest one whose states a node keeps that is no archive; 128 by default. [EXEC-32] */
  readonly historyDepth?: number;
  /** Accounts and slots that are stored at once when blocks become final; 2,000 by default. [EXEC-16] */
  readonly changesPerMove?: number;
  /** Chain blocks under the head that are not pruned, also where the network's pruning depth would have it. */
  readonly recentBlocksMin?: number;
  /**
   * The numbers of final blocks whose states can be given away for a while are multiples of this; a minute's blocks by
   * default. Nodes that differ in it give away different states. [SYNC-STATE-6]
   */
  readonly stateSpacing?: number;
  /** Processor time of a template's own transactions; follows from the gas limit by default. ms [EXEC-28] */
  readonly blockTimeBudgetMs?: number;
}

/** Everything outside the chain that it works with. */
export interface ChainPorts {
  readonly store: KeyValueStore;
  readonly evm: Evm;
  /** Runs calls and traces beside the chain's thread; `evm` runs them if not given. */
  readonly callEvm?: CallEvm | undefined;
  /** The senders of transactions; an error for each whose signature is bad. */
  readonly recoverSenders: (transactions: readonly Transaction[]) => Promise<(Address | TrellisError)[]>;
  /** Whether the seal is work enough for the header's own bits. */
  readonly verifySeal: (header: Header) => Promise<boolean>;
  /** Verifies votes; by blst if not given. */
  readonly voteSignatures?: VoteSignatures;
  /** Why nothing should be stored now, such as a disk that is almost full; undefined while there is room. */
  readonly storageShortage?: () => string | undefined;
  readonly clock: Clock;
  /** Producers take turns by it after slow gas; without it none waits for a turn. [EXEC-34] */
  readonly random?: Random;
  /** Long computations share the thread by it; without one they run to their end. */
  readonly pace?: Pace;
  readonly log: Log;
  readonly metrics: Metrics;
}
