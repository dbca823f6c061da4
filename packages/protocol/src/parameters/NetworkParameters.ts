import type { ForkActivation } from "../forks/forks.ts";
import type { Address, Hash } from "../words.ts";

export const POW_ALGORITHMS = ["memory", "heavy", "blake3"] as const;
export type PowAlgorithmName = (typeof POW_ALGORITHMS)[number];

export interface StreamParameters {
  readonly name: string;
  readonly algorithm: PowAlgorithmName;
  /** Argon2id parameters, only for the algorithm `memory`. */
  readonly memoryKiB: number;
  readonly passes: number;
  readonly targetIntervalMs: number;
  /** Compact target of the first blocks, or of all if `difficulty` is `fixed`. */
  readonly genesisBits: number;
  /** `fixed` is for devnets that make blocks on demand. */
  readonly difficulty: "window" | "fixed";
  /** Work = expected hashes × weight. */
  readonly workWeight: bigint;
  /** Reward per blue block. */
  readonly subsidyWei: bigint;
}

export interface VoteParameters {
  /** Minimum blue-score distance from a proposed checkpoint to the sink; with several shards SHARD-27.1. */
  readonly depth: number;
  /** Minimum blue-score distance between checkpoints; with several shards SHARD-27.2. */
  readonly interval: number;
  /** Timeouts; each later round adds `growthMs`. [FINAL-6] */
  readonly proposeMs: number;
  readonly prevoteMs: number;
  readonly precommitMs: number;
  readonly growthMs: number;
  /** Interval between repetitions of a round's messages. */
  readonly repeatMs: number;
}

export interface HandoverParameters {
  readonly membersMin: number;
  readonly stakeMinWei: bigint;
}

export interface ShardsParameters {
  /** Shards 1, 2, …; shard 0 has the network's `chainId` and `genesis`. */
  readonly others: readonly ShardChain[];
  /** Unacknowledged messages from one shard to another before senders are refused. [SHARD-9] */
  readonly queueMax: number;
  /** Time until an undelivered message is refunded. */
  readonly lifetimeSeconds: number;
}

export interface Sharding extends Pick<ShardsParameters, "queueMax"> {
  /** Number of shards. */
  readonly count: number;
  /** Shards 1, 2, …: present in shard 0, which verifies their certificates. */
  readonly others?: readonly ShardChain[];
}

export interface ShardChain {
  readonly chainId: bigint;
  readonly genesis: GenesisParameters;
}

export interface NetworkParameters {
  readonly name: string;
  /** EIP-155 chain id of shard 0. */
  readonly chainId: bigint;
  /** A program may set time, state and snapshots of its only node. Default: false. [DEV-1] */
  readonly isControlled?: boolean;
  /** Transactions without a chain id are valid. Default: false. [TX-2] */
  readonly allowUnprotected?: boolean;
  readonly streams: readonly StreamParameters[];
  /** By rising number, the first from 0. [EVM-22] */
  readonly forks: readonly ForkActivation[];

  readonly ghostdagK: number;
  readonly parentsMax: number;
  readonly mergesetMax: number;
  /** In blue score. */
  readonly mergeDepth: number;
  /** In blue score, until validators finalize. */
  readonly finalityDepth: number;
  readonly votes: VoteParameters;
  readonly handover: HandoverParameters;
  /** In blue score. */
  readonly pruningDepth: number;

  /** Sizes in samples; every `sampleRate`-th block of a stream is a sample. */
  readonly difficultyWindow: { readonly size: number; readonly sampleRate: number; readonly sizeMin: number };
  readonly medianTimeWindow: { readonly size: number; readonly sampleRate: number };
  /** Headers further ahead of the local clock are refused for now. */
  readonly timestampAheadMaxMs: number;

  readonly gasLimit: bigint;
  readonly baseFeeGenesis: bigint;
  readonly baseFeeMin: bigint;
  /** EIP-1559. */
  readonly baseFeeChangeDenominator: bigint;
  readonly treasury: Address;
  /** Share of the base fee; the rest is burned. */
  readonly treasuryShareBasisPoints: number;

  readonly bodyBytesMax: number;
  readonly transactionBytesMax: number;
  readonly extraBytesMax: number;

  readonly genesis: GenesisParameters;
  /** Absent with one shard. */
  readonly shards?: ShardsParameters;
  /** Instead of `shards` in the parameters of one shard's chain. */
  readonly sharding?: Sharding;
}

export interface GenesisAccount {
  readonly address: Address;
  /** wei */
  readonly balance: bigint;
  readonly nonce?: bigint;
  readonly code?: Uint8Array;
  readonly storage?: ReadonlyMap<Hash, bigint>;
}

interface GenesisParameters {
  /** Only above a forked chain. Default: 0. [DEV-7] */
  readonly number?: number;
  readonly timestampMs: number;
  readonly extra: Uint8Array;
  readonly accounts: readonly GenesisAccount[];
}
