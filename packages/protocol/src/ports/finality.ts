import type { Header } from "../block/Header.ts";
import type {
  Certificate,
  Evidence,
  Heartbeat,
  ProvenProposal,
  Signed,
  Vote,
  VoteStep,
} from "../finality/Vote.ts";
import type { Address, Hash } from "../words.ts";

export interface FinalityIntake {
  /** Throws for an invalid message, with the consequence for its sender. */
  receiveVote(vote: Signed<Vote>): void;
  receiveProposal(proposal: ProvenProposal): void;
  receiveCertificate(certificate: Certificate): void;
  receiveEvidence(evidence: Evidence): void;
  receiveHeartbeat(heartbeat: Signed<Heartbeat>): void;
  /** A peer reports this chain block as final. */
  receiveFinal(number: number): void;
  /** Ascending, at most `countMax`. */
  certificatesFrom(height: number, countMax: number): readonly Certificate[];
}

export interface FinalityOutbox {
  proposal(proposal: ProvenProposal): void;
  vote(vote: Signed<Vote>): void;
  certificate(certificate: Certificate): void;
  evidence(evidence: Evidence): void;
  heartbeat(heartbeat: Signed<Heartbeat>): void;
  /** Called when a peer is ahead. */
  requestCertificates(fromHeight: number): void;
}

const nothing = (): void => {};

/** Outbox of nodes without a network or votes. */
export const silentOutbox: FinalityOutbox = {
  proposal: nothing,
  vote: nothing,
  certificate: nothing,
  evidence: nothing,
  heartbeat: nothing,
  requestCertificates: nothing,
};

export interface ValidatorView {
  readonly index: number;
  readonly address: Address;
  /** BLS, 48 bytes. */
  readonly publicKey: Uint8Array;
  /** Wei. */
  readonly power: bigint;
  /** Count in the last 256 certificates received. */
  readonly signed: number;
  readonly missed: number;
}

/** Doppelganger protection: observes, signs, or stops until restart after another process used its key. [FINAL-12] */
export type ValidatorSigning = "listening" | "signing" | "stopped";

/**
 * An observing validator waits for enough others; for the waiting time; for a block, to know the voters; for earlier
 * certificates; or, with an empty signing log in a set that has certified heights, for votes of others. [FINAL-12]
 */
export type ListeningFor = "others" | "time" | "block" | "certificates" | "votes";

/** As seen by this node. */
export interface FinalityStatus {
  /** Empty until a validator set is large enough to finalize. [STAKE-18] */
  readonly epoch: number;
  readonly validators: readonly ValidatorView[];
  /** undefined if not a member. */
  readonly self: number | undefined;
  /** Only with a validator key. */
  readonly signing?: ValidatorSigning;
  /** Only while observing. */
  readonly listeningFor?: ListeningFor;
  /** Height 0 is genesis. */
  readonly finalized: { readonly height: number; readonly hash: Hash; readonly number: number };
  /** Vote on the next checkpoint. */
  readonly vote:
    | { readonly height: number; readonly round: number; readonly step: VoteStep | "propose" }
    | undefined;
  /** Between the sink and the newest final block. */
  readonly lagBlocks: number;
  /** Time since finality advanced here, or since start. */
  readonly lagMs: number;
  /** True before the handover; then whether votes are on time. [FINAL-18] */
  readonly isFinalizing: boolean;
}

/** Change of the validator set, for light clients. [FINAL-24] */
export interface SetChange {
  /** Epoch of the new set. */
  readonly epoch: number;
  readonly header: Header;
  /** Signed by the previous epoch's set. */
  readonly certificate: Certificate;
  /** Proves the set in the header's state; unique, in any order. */
  readonly nodes: readonly Uint8Array[];
}

export interface FinalityProof {
  /** In order of epochs. */
  readonly changes: readonly SetChange[];
  /** Undefined unless the last set has signed it. */
  readonly newest: Pick<SetChange, "header" | "certificate"> | undefined;
}

export interface FinalityView {
  status(): FinalityStatus;
  certificate(height: number): Certificate | undefined;
  /**
   * Up to the newest checkpoint, as far as known.
   * @param countMax set changes
   */
  proof(fromEpoch: number, countMax: number): FinalityProof;
}
