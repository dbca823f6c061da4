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

/** Receives vote messages from the network and serves certificates. */
export interface FinalityIntake {
  /** Methods throw on an invalid message; the error has the consequence for the sender. */
  receiveVote(vote: Signed<Vote>): void;
  receiveProposal(proposal: ProvenProposal): void;
  receiveCertificate(certificate: Certificate): void;
  receiveEvidence(evidence: Evidence): void;
  receiveHeartbeat(heartbeat: Signed<Heartbeat>): void;
  /** A peer reports this chain block as final. */
  receiveFinal(number: number): void;
  /** Known certificates of final checkpoints from a height, ascending, at most `countMax`. */
  certificatesFrom(height: number, countMax: number): readonly Certificate[];
}

/** Sends vote messages to the network. */
export interface FinalityOutbox {
  proposal(proposal: ProvenProposal): void;
  vote(vote: Signed<Vote>): void;
  certificate(certificate: Certificate): void;
  evidence(evidence: Evidence): void;
  heartbeat(heartbeat: Signed<Heartbeat>): void;
  /** A peer is ahead: request certificates from this height. */
  requestCertificates(fromHeight: number): void;
}

const nothing = (): void => {};

/** For nodes without a network or without votes. */
export const silentOutbox: FinalityOutbox = {
  proposal: nothing,
  vote: nothing,
  certificate: nothing,
  evidence: nothing,
  heartbeat: nothing,
  requestCertificates: nothing,
};

export interface ValidatorView {
  /** Index in the set. */
  readonly index: number;
  readonly address: Address;
  /** BLS, 48 bytes. */
  readonly publicKey: Uint8Array;
  /** Voting stake, wei. */
  readonly power: bigint;
  /** Certificates with and without its vote, among the last 256 that this node saw. */
  readonly signed: number;
  readonly missed: number;
}

/**
 * Doppelganger protection: observes first, then signs, or stops until restart after it sees another process with its
 * key. [FINAL-12]
 */
export type ValidatorSigning = "listening" | "signing" | "stopped";

/**
 * Condition for which an observing validator waits: enough other validators; the waiting time; a block, to know the
 * voters; certificates of earlier heights; or votes of others, if its signing log is empty but the set has certified
 * heights. [FINAL-12]
 */
export type ListeningFor = "others" | "time" | "block" | "certificates" | "votes";

/** Finality as seen by this node. */
export interface FinalityStatus {
  /** Epoch of the voting set. The set is empty until one is large enough to take over. [STAKE-18] */
  readonly epoch: number;
  readonly validators: readonly ValidatorView[];
  /** Index in the set; undefined for other nodes. */
  readonly self: number | undefined;
  /** Only with a validator key. */
  readonly signing?: ValidatorSigning;
  /** Only while observing. */
  readonly listeningFor?: ListeningFor;
  /** Newest final checkpoint; height 0 is genesis. */
  readonly finalized: { readonly height: number; readonly hash: Hash; readonly number: number };
  /** Vote on the next checkpoint, or undefined. */
  readonly vote:
    | { readonly height: number; readonly round: number; readonly step: VoteStep | "propose" }
    | undefined;
  /** Chain blocks between the sink and the newest final one. */
  readonly lagBlocks: number;
  /** Since the last checkpoint became final here, or since start. */
  readonly lagMs: number;
  /** True if blocks become final in time: by depth until validators take over, then by votes. [FINAL-18] */
  readonly isFinalizing: boolean;
}

/** Checkpoint that changes the validator set, for light clients. [FINAL-24] */
export interface SetChange {
  /** Epoch of the new set. */
  readonly epoch: number;
  readonly header: Header;
  /** By the previous epoch's set. */
  readonly certificate: Certificate;
  /** Trie nodes that prove the set in the header's state; unique, in any order. */
  readonly nodes: readonly Uint8Array[];
}

export interface FinalityProof {
  /** In order of epochs. */
  readonly changes: readonly SetChange[];
  /** Newest checkpoint, if the last set has signed it. */
  readonly newest: Pick<SetChange, "header" | "certificate"> | undefined;
}

/** Read access for RPC, metrics and health. */
export interface FinalityView {
  status(): FinalityStatus;
  /** Of a final checkpoint, or undefined if unknown. */
  certificate(height: number): Certificate | undefined;
  /**
   * Set changes from an epoch up to the newest checkpoint, as far as this node knows them.
   * @param countMax set changes
   */
  proof(fromEpoch: number, countMax: number): FinalityProof;
}
