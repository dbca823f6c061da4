import type { Certificate, Evidence, ProvenProposal, Signed, Vote, VoteStep } from "../finality/Vote.ts";
import type { Address, Hash } from "../words.ts";

/** What the network feeds with messages of the vote, and asks for certificates. */
export interface FinalityIntake {
  /** Each throws what is wrong with the message; the error's consequence says what its sender deserves. */
  receiveVote(vote: Signed<Vote>): void;
  receiveProposal(proposal: ProvenProposal): void;
  receiveCertificate(certificate: Certificate): void;
  receiveEvidence(evidence: Evidence): void;
  /** Those of final checkpoints from a height on that are known here, ascending; at most `countMax`. */
  certificatesFrom(height: number, countMax: number): readonly Certificate[];
}

/** How messages of the vote reach the other nodes. */
export interface FinalityOutbox {
  proposal(proposal: ProvenProposal): void;
  vote(vote: Signed<Vote>): void;
  certificate(certificate: Certificate): void;
  evidence(evidence: Evidence): void;
  /** Somebody is further: the certificates from this height on are wanted. */
  behind(fromHeight: number): void;
}

const nothing = (): void => {};

/** Of a node that has nobody to tell, or nothing to say. */
export const silentOutbox: FinalityOutbox = {
  ...{ proposal: nothing, vote: nothing, certificate: nothing, evidence: nothing, behind: nothing },
};

/** A validator of an epoch, as an operator sees it. */
export interface ValidatorView {
  /** Place in the set. */
  readonly index: number;
  readonly address: Address;
  /** BLS, 48 bytes. */
  readonly publicKey: Uint8Array;
  /** Stake that votes, wei. */
  readonly power: bigint;
  /** Of the certificates that this node has seen of late, at most 256, how many name it. */
  readonly signed: number;
  readonly missed: number;
}

/**
 * Whether a validator signs: it listens first whether another has its key; it does; or it has heard that another does,
 * and signs no more until it is started anew. [FINAL-12]
 */
export type ValidatorSigning = "listening" | "signing" | "stopped";

/** How far finality is, as this node sees it. */
export interface FinalityStatus {
  /** Whose set votes; without members while depth makes final. */
  readonly epoch: number;
  readonly validators: readonly ValidatorView[];
  /** This node's place in the set; undefined if it only watches. */
  readonly self: number | undefined;
  /** Of a node that was given a validator's key. */
  readonly signing?: ValidatorSigning;
  /** The newest checkpoint that is final; height 0 is genesis. */
  readonly finalized: { readonly height: number; readonly hash: Hash; readonly number: number };
  /** The vote on the next checkpoint; undefined while nobody votes. */
  readonly vote:
    | { readonly height: number; readonly round: number; readonly step: VoteStep | "propose" }
    | undefined;
  /** Chain blocks between the sink and the newest final one. */
  readonly lagBlocks: number;
  /** Since the newest checkpoint became final here, or this node started. */
  readonly lagMs: number;
  /** Whether validators are there and checkpoints become final in time. */
  readonly isFinalizing: boolean;
}

/** What RPC, metrics and health tell of finality. */
export interface FinalityView {
  status(): FinalityStatus;
  /** Of a final checkpoint; undefined if none of that height is known here. */
  certificate(height: number): Certificate | undefined;
}
