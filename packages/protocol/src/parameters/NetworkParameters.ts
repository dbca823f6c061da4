import type { Address, Hash } from "../words.ts";

/** Proof-of-work functions; `@trellis/mining` implements them. */
export const POW_ALGORITHMS = ["memory", "heavy", "blake3"] as const;
export type PowAlgorithmName = (typeof POW_ALGORITHMS)[number];

/** One stream of proof of work: its algorithm, pace, difficulty and pay. */
export interface StreamParameters {
  readonly name: string;
  readonly algorithm: PowAlgorithmName;
  /** Argon2id memory in KiB and passes; only for the algorithm `memory`. */
  readonly memoryKiB: number;
  readonly passes: number;
  /** Mean time between blocks of this stream that the difficulty aims at. */
  readonly targetIntervalMs: number;
  /** Compact target of the first blocks, and of all when the difficulty is fixed. */
  readonly genesisBits: number;
  /** `window`: follows the DAA window. `fixed`: stays at genesisBits (devnet: blocks come when asked for). */
  readonly difficulty: "window" | "fixed";
  /** Work of a block = expected hashes × weight. */
  readonly workWeight: bigint;
  /** Paid to the miner of each blue block of this stream. wei */
  readonly subsidyWei: bigint;
}

/** How checkpoints are chosen and voted on. */
export interface VoteParameters {
  /** Blue score under the proposer's sink at which a chain block can be proposed. */
  readonly depth: number;
  /** Blue score between checkpoints, at least. */
  readonly interval: number;
  /** Times of the steps: each grows by `growthMs` a round. [FINAL-6] */
  readonly proposeMs: number;
  readonly prevoteMs: number;
  readonly precommitMs: number;
  readonly growthMs: number;
  /** What was said in the round at hand is said again after this time. */
  readonly repeatMs: number;
}

/** The least set of validators to which depth hands finality over. [STAKE-18] */
export interface HandoverParameters {
  readonly membersMin: number;
  /** The members' pools together. */
  readonly stakeMinWei: bigint;
}

/** Everything in which one network differs from another. Validated by `validateParameters` at load. */
export interface NetworkParameters {
  readonly name: string;
  /** EIP-155 id of shard 0. */
  readonly chainId: bigint;
  readonly streams: readonly StreamParameters[];

  /** GHOSTDAG's k and what follows from it; see docs/spec/dag.md. */
  readonly ghostdagK: number;
  readonly parentsMax: number;
  /** With the selected parent. */
  readonly mergesetMax: number;
  /** Blue score. */
  readonly mergeDepth: number;
  /** Blue score under the sink at which a block becomes final until validators take over. */
  readonly finalityDepth: number;
  readonly votes: VoteParameters;
  readonly handover: HandoverParameters;
  /** Blue score. */
  readonly pruningDepth: number;

  /** Difficulty windows: size in sampled blocks, one sample every `rate` blocks of the stream. */
  readonly difficultyWindow: { readonly size: number; readonly sampleRate: number; readonly sizeMin: number };
  readonly medianTimeWindow: { readonly size: number; readonly sampleRate: number };
  /** A header this far ahead of the clock is not relayed yet. */
  readonly timestampAheadMaxMs: number;

  /** Gas budget of one carrying block. */
  readonly gasLimit: bigint;
  /** wei per gas */
  readonly baseFeeGenesis: bigint;
  readonly baseFeeMin: bigint;
  /** EIP-1559: the base fee moves by at most 1/denominator a chain block. */
  readonly baseFeeChangeDenominator: bigint;
  readonly treasury: Address;
  /** Share of the base fee that the treasury gets; the rest is burned. 1/10,000 */
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
