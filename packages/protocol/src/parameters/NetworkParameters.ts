import type { Address, Hash } from "../words.ts";

export const POW_ALGORITHMS = ["memory", "heavy", "blake3"] as const;
export type PowAlgorithmName = (typeof POW_ALGORITHMS)[number];

export interface StreamParameters {
  readonly name: string;
  readonly algorithm: PowAlgorithmName;
  /** Argon2id; only for `memory`. */
  readonly memoryKiB: number;
  readonly passes: number;
  /** Mean time between blocks of the stream. */
  readonly targetIntervalMs: number;
  /** Target of the first blocks; with fixed difficulty, of all blocks. */
  readonly genesisBits: number;
  /** `fixed` stays at genesisBits (devnet: blocks on demand). */
  readonly difficulty: "window" | "fixed";
  /** Work of a block = expected hashes × weight. */
  readonly workWeight: bigint;
  /** Reward of a blue block. wei */
  readonly subsidyWei: bigint;
}

export interface VoteParameters {
  /** Blue score below the proposer's sink. */
  readonly depth: number;
  /** Minimum blue score between checkpoints. */
  readonly interval: number;
  /** Timeouts, longer by `growthMs` each round. [FINAL-6] */
  readonly proposeMs: number;
  readonly prevoteMs: number;
  readonly precommitMs: number;
  readonly growthMs: number;
  /** Interval at which messages of the round are sent again. */
  readonly repeatMs: number;
}

/** Smallest validator set that takes over finality from depth. [STAKE-18] */
export interface HandoverParameters {
  readonly membersMin: number;
  /** Total stake of all pools. */
  readonly stakeMinWei: bigint;
}

/** Checked by `validateParameters` at load. */
export interface NetworkParameters {
  readonly name: string;
  /** EIP-155 id of shard 0. */
  readonly chainId: bigint;
  readonly streams: readonly StreamParameters[];

  /** See docs/spec/dag.md. */
  readonly ghostdagK: number;
  readonly parentsMax: number;
  /** Including the selected parent. */
  readonly mergesetMax: number;
  /** Blue score. */
  readonly mergeDepth: number;
  /** Blue score below the sink, until validators finalize. */
  readonly finalityDepth: number;
  readonly votes: VoteParameters;
  readonly handover: HandoverParameters;
  /** Blue score. */
  readonly pruningDepth: number;

  /** In samples, one per `sampleRate` blocks of the stream. */
  readonly difficultyWindow: { readonly size: number; readonly sampleRate: number; readonly sizeMin: number };
  readonly medianTimeWindow: { readonly size: number; readonly sampleRate: number };
  /** Headers further ahead are not relayed yet. */
  readonly timestampAheadMaxMs: number;

  /** Gas budget of one carrier. */
  readonly gasLimit: bigint;
  /** wei per gas */
  readonly baseFeeGenesis: bigint;
  readonly baseFeeMin: bigint;
  /** EIP-1559: maximum change per chain block is 1/denominator. */
  readonly baseFeeChangeDenominator: bigint;
  readonly treasury: Address;
  /** The rest of the base fee is burned. 1/10,000 */
  readonly treasuryShareBasisPoints: number;

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
