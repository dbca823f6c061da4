import type { Hash } from "../words.ts";

/** A place in the validator set of an epoch. */
export type ValidatorIndex = number;

export const VOTE_STEPS = ["prevote", "precommit"] as const;
/** The two votes of a round (Tendermint, arXiv 1807.04938). */
export type VoteStep = (typeof VOTE_STEPS)[number];

/** What one validator says in one step of one round. */
export interface Vote {
  /** Whose validator set votes. */
  readonly epoch: number;
  /** The checkpoint that is voted on, from 1. */
  readonly height: number;
  /** From 0. */
  readonly round: number;
  readonly step: VoteStep;
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
