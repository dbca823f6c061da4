import type { Hash } from "../words.ts";

/** Index in the validator set of an epoch. */
export type ValidatorIndex = number;

export const VOTE_STEPS = ["prevote", "precommit"] as const;
/** Tendermint, arXiv 1807.04938. */
export type VoteStep = (typeof VOTE_STEPS)[number];

/** Network of a signature. A signature for one network is invalid on another, even with the same chain id. */
export interface VoteDomain {
  readonly chainId: bigint;
  readonly genesisHash: Hash;
}

/** A step of one round for one checkpoint. */
export interface Ballot {
  /** Epoch of the voting validator set. */
  readonly epoch: number;
  /** Checkpoint number, from 1. */
  readonly height: number;
  /** From 0. */
  readonly round: number;
  readonly step: VoteStep;
}

export interface Vote extends Ballot {
  /** A chain block, or undefined for a nil vote. */
  readonly value: Hash | undefined;
  readonly validator: ValidatorIndex;
}

export interface Proposal {
  readonly epoch: number;
  readonly height: number;
  readonly round: number;
  readonly value: Hash;
  /** Round in which two thirds prevoted the value; -1 for a new value. */
  readonly validRound: number;
  readonly validator: ValidatorIndex;
}

/**
 * Shows that a validator is online and observes before it signs. It is not a vote and conflicts with nothing.
 * [FINAL-23]
 */
export interface Heartbeat {
  readonly epoch: number;
  /** Checkpoint on which it would vote. */
  readonly height: number;
  /** Time slot: repetition times since the Unix epoch. */
  readonly slot: number;
  readonly validator: ValidatorIndex;
}

export interface Signed<T> {
  readonly message: T;
  /** BLS, 96 bytes. */
  readonly signature: Uint8Array;
}

/** Votes of two thirds of the voting power for a block in one ballot. A precommit certificate makes the block final. */
export interface Certificate extends Ballot {
  readonly value: Hash;
  /** One bit per validator, lowest first; as many bytes as the set needs. */
  readonly signers: Uint8Array;
  /** Aggregate of the vote signatures. BLS, 96 bytes. */
  readonly signature: Uint8Array;
}

/** A proposal with the certificate of its valid round, if any. */
export interface ProvenProposal extends Signed<Proposal> {
  readonly proof: Certificate | undefined;
}

/** Two conflicting votes of one validator in one ballot. */
export interface Evidence {
  readonly first: Signed<Vote>;
  readonly second: Signed<Vote>;
}
