import type { Hash } from "../words.ts";

export type ValidatorIndex = number;

export const VOTE_STEPS = ["prevote", "precommit"] as const;
/** Tendermint, arXiv 1807.04938. */
export type VoteStep = (typeof VOTE_STEPS)[number];

/** A signature is only valid for this network, even if others share the chain id. */
export interface VoteDomain {
  readonly chainId: bigint;
  readonly genesisHash: Hash;
}

export interface Ballot {
  readonly epoch: number;
  /** Checkpoint number, from 1. */
  readonly height: number;
  /** From 0. */
  readonly round: number;
  readonly step: VoteStep;
}

export interface Vote extends Ballot {
  /** undefined for a nil vote. */
  readonly value: Hash | undefined;
  readonly validator: ValidatorIndex;
}

export interface Proposal {
  readonly epoch: number;
  readonly height: number;
  readonly round: number;
  readonly value: Hash;
  /** Round of the prevote certificate; -1 for a new value. */
  readonly validRound: number;
  readonly validator: ValidatorIndex;
}

/** A validator observes before it signs. Not a vote. [FINAL-23] */
export interface Heartbeat {
  readonly epoch: number;
  /** The next checkpoint. */
  readonly height: number;
  /** Repetition intervals since the Unix epoch. */
  readonly slot: number;
  readonly validator: ValidatorIndex;
}

export interface Signed<T> {
  readonly message: T;
  /** BLS, 96 bytes. */
  readonly signature: Uint8Array;
}

/** Signatures of two thirds of the voting power. A precommit certificate makes the block final. */
export interface Certificate extends Ballot {
  readonly value: Hash;
  /** One bit per validator, lowest first. */
  readonly signers: Uint8Array;
  /** Aggregate signature. BLS, 96 bytes. */
  readonly signature: Uint8Array;
}

/** Proposal with the certificate of its valid round, if any. */
export interface ProvenProposal extends Signed<Proposal> {
  readonly proof: Certificate | undefined;
}

export interface Evidence {
  readonly first: Signed<Vote>;
  readonly second: Signed<Vote>;
}
