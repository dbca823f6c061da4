import type { Address, Hash } from "../words.ts";

/** Implemented by `@trellis/mining`. */
export const POW_ALGORITHMS = ["memory", "heavy", "blake3"] as const;
export type PowAlgorithmName = (typeof POW_ALGORITHMS)[number];

/** Algorithm, pace, difficulty and reward of a proof-of-work stream. */
export interface StreamParameters {
  readonly name: string;
  readonly algorithm: PowAlgorithmName;
  /** Argon2id memory in KiB, and passes; only for `memory`. */
  readonly memoryKiB: number;
  readonly passes: number;
  /** Target mean time between blocks of this stream. */
  readonly targetIntervalMs: number;
  /** Compact target of the first blocks; with fixed difficulty, of all. */
  readonly genesisBits: number;
  /** `window`: adjusted by the DAA window. `fixed`: stays at genesisBits (devnet: blocks on demand). */
  readonly difficulty: "window" | "fixed";
  /** Work of a block = expected hashes × weight. */
  readonly workWeight: bigint;
  /** Reward of each blue block of this stream. wei */
  readonly subsidyWei: bigint;
}

/** Choice of checkpoints and timing of votes. */
export interface VoteParameters {
  /** Blue score below the proposer's sink from which a chain block can be proposed. */
  readonly depth: number;
  /** Minimum blue score between checkpoints. */
  readonly interval: number;
  /** Step timeouts, longer by `growthMs` each round. [FINAL-6] */
  readonly proposeMs: number;
  readonly prevoteMs: number;
  readonly precommitMs: number;
  readonly growthMs: number;
  /** Interval at which messages of the current round are sent again. */
  readonly repeatMs: number;
}

/** Smallest validator set that takes over finality from depth. [STAKE-18] */
export interface HandoverParameters {
  readonly membersMin: number;
  /** Total stake of the members' pools. */
  readonly stakeMinWei: bigint;
}

/** All settings that differ between networks. `validateParameters` checks them at load. */
export interface NetworkParameters {
  readonly name: string;
  /** EIP-155 id of shard 0. */
  readonly chainId: bigint;
  readonly streams: readonly StreamParameters[];

  /** GHOSTDAG's k and its derived values (docs/spec/dag.md). */
  readonly ghostdagK: number;
  readonly parentsMax: number;
  /** Including the selected parent. */
  readonly mergesetMax: number;
  /** Blue score. */
  readonly mergeDepth: number;
  /** Blue score below the sink at which a block becomes final until validators take over. */
  readonly finalityDepth: number;
  readonly votes: VoteParameters;
  readonly handover: HandoverParameters;
  /** Blue score. */
  readonly pruningDepth: number;

  /** Difficulty windows: size in samples, one per `rate` blocks of the stream. */
  readonly difficultyWindow: { readonly size: number; readonly sampleRate: number; readonly sizeMin: number };
  readonly medianTimeWindow: { readonly size: number; readonly sampleRate: number };
  /** A header further ahead of the clock is not yet relayed. */
  readonly timestampAheadMaxMs: number;

  /** Gas budget of one carrier. */
  readonly gasLimit: bigint;
  /** wei per gas */
  readonly baseFeeGenesis: bigint;
  readonly baseFeeMin: bigint;
  /** EIP-1559: maximum base fee change per chain block is 1/denominator. */
  readonly baseFeeChangeDenominator: bigint;
  readonly treasury: Address;
  /** Treasury's share of the base fee; the rest is burned. 1/10,000 */
  readonly treasuryShareBasisPoints: number;

  /** Bytes of one encoded body. */
  readonly bodyBytesMax: number;
  readonly transactionBytesMax: number;
  readonly extraBytesMax: number;

  readonly genesis: GenesisParameters;
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
  /** ms since the Unix epoch */
  readonly timestampMs: number;
  readonly extra: Uint8Array;
  readonly accounts: readonly GenesisAccount[];
}
