import type { Hash } from "../words.ts";

export type ValidatorIndex = number;

export const VOTE_STEPS = ["prevote", "precommit"] as const;
/** Steps of Tendermint (arXiv 1807.04938). */
export type VoteStep = (typeof VOTE_STEPS)[number];

/** Part of the signed bytes, so that signatures are invalid on other networks. */
export interface VoteDomain {
  readonly chainId: bigint;
  readonly genesisHash: Hash;
}

export interface Ballot {
  readonly epoch: number;
  /** Checkpoint number, from 1. */
  readonly height: number;
  readonly round: number;
  readonly step: VoteStep;
}

export interface Vote extends Ballot {
  readonly value: Hash | undefined;
  readonly validator: ValidatorIndex;
}

export interface Proposal {
  readonly epoch: number;
  readonly height: number;
  readonly round: number;
  readonly value: Hash;
  /** Round in which prevotes for the value reached a quorum; -1 for a new value. */
  readonly validRound: number;
  readonly validator: ValidatorIndex;
}

/** [FINAL-23] */
export interface Heartbeat {
  readonly epoch: number;
  readonly height: number;
  /** Number of intervals of `repeatMs` since the Unix epoch. */
  readonly slot: number;
  readonly validator: ValidatorIndex;
}

export interface Signed<T> {
  readonly message: T;
  /** BLS, 96 bytes. */
  readonly signature: Uint8Array;
}

/** Votes of different validators for one ballot and value. */
export type VoteBundle = readonly Signed<Vote>[];

/** Signatures of more than two thirds of the voting power. */
export interface Certificate extends Ballot {
  readonly value: Hash;
  /** One bit per validator, lowest first. */
  readonly signers: Uint8Array;
  /** BLS aggregate, 96 bytes. */
  readonly signature: Uint8Array;
}

export interface ProvenProposal extends Signed<Proposal> {
  readonly proof: Certificate | undefined;
}

export interface Evidence {
  readonly first: Signed<Vote>;
  readonly second: Signed<Vote>;
  /** Absent for shard 0. [SHARD-16.1] */
  readonly shard?: number;
}
