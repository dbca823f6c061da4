import type { Hash } from "../words.ts";

/** A place in the validator set of an epoch. */
export type ValidatorIndex = number;

export const VOTE_STEPS = ["prevote", "precommit"] as const;
/** The two votes of a round (Tendermint, arXiv 1807.04938). */
export type VoteStep = (typeof VOTE_STEPS)[number];

/** The network that a signature is for: what is signed for one says nothing on another, even of the same chain id. */
export interface VoteDomain {
  readonly chainId: bigint;
  readonly genesisHash: Hash;
}

/** A step of one round of the vote on one checkpoint. */
export interface Ballot {
  /** Whose validator set votes. */
  readonly epoch: number;
  /** The checkpoint that is voted on, from 1. */
  readonly height: number;
  /** From 0. */
  readonly round: number;
  readonly step: VoteStep;
}

/** What one validator says in a ballot. */
export interface Vote extends Ballot {
  /** A chain block; undefined is a vote for none. */
  readonly value: Hash | undefined;
  readonly validator: ValidatorIndex;
}

/** What the proposer of a round puts to the vote. */
export interface Proposal {
  readonly epoch: number;
  readonly height: number;
  readonly round: number;
  readonly value: Hash;
  /** The round in which two thirds prevoted the value; -1 for a value that is proposed for the first time. */
  readonly validRound: number;
  readonly validator: ValidatorIndex;
}

/**
 * That a validator is there and listens before it signs anything. It is no vote, binds nobody and contradicts nothing.
 * [FINAL-23]
 */
export interface Heartbeat {
  readonly epoch: number;
  /** The checkpoint on which it would vote. */
  readonly height: number;
  /** When it was said: the times of a repetition since the Unix epoch. */
  readonly slot: number;
  readonly validator: ValidatorIndex;
}

export interface Signed<T> {
  readonly message: T;
  /** BLS, 96 bytes. */
  readonly signature: Uint8Array;
}

/** Two thirds of the voting power voted for a block in one ballot. One of precommits makes the block final. */
export interface Certificate extends Ballot {
  readonly value: Hash;
  /** A bit a validator, lowest bit first; as many bytes as the set needs. */
  readonly signers: Uint8Array;
  /** Aggregate of their votes' signatures. BLS, 96 bytes. */
  readonly signature: Uint8Array;
}

/** A proposal with what proves its valid round, if it has one. */
export interface ProvenProposal extends Signed<Proposal> {
  readonly proof: Certificate | undefined;
}

/** Two votes of one validator in one ballot: it has lied, whatever came of it. */
export interface Evidence {
  readonly first: Signed<Vote>;
  readonly second: Signed<Vote>;
}
