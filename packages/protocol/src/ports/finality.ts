import type { TrellisError } from "@trellis/base";
import type { Header } from "../block/Header.ts";
import type {
  Certificate,
  Evidence,
  Heartbeat,
  ProvenProposal,
  Signed,
  Vote,
  VoteBundle,
  VoteStep,
} from "../finality/Vote.ts";
import type { Address, Hash } from "../words.ts";

/** For each vote of a bundle, undefined if it was new and counts. */
export type VoteOutcomes = readonly (TrellisError | undefined)[];

export interface FinalityIntake {
  /** Methods throw for an invalid message. The error's consequence applies to the sender. */
  receiveVotes(votes: VoteBundle): Promise<VoteOutcomes>;
  receiveProposal(proposal: ProvenProposal): void;
  receiveCertificate(certificate: Certificate): void;
  receiveEvidence(evidence: Evidence): void;
  receiveHeartbeat(heartbeat: Signed<Heartbeat>): void;
  /** A peer reports chain block `number` as final. */
  receiveFinal(number: number): void;
  certificatesFrom(height: number, countMax: number): readonly Certificate[];
}

export interface FinalityOutbox {
  proposal(proposal: ProvenProposal): void;
  vote(vote: Signed<Vote>): void;
  certificate(certificate: Certificate): void;
  evidence(evidence: Evidence): void;
  heartbeat(heartbeat: Signed<Heartbeat>): void;
  requestCertificates(fromHeight: number): void;
}

const nothing = (): void => {};

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
  readonly power: bigint;
  /** Numbers of signed and missed certificates among the last 256 received. */
  readonly signed: number;
  readonly missed: number;
}

/** "stopped" lasts until a restart, because another process used the key. [FINAL-12] */
export type ValidatorSigning = "listening" | "signing" | "stopped";

/** Condition that signing still waits for. [FINAL-12] */
export type ListeningFor = "others" | "time" | "block" | "certificates" | "votes";

export interface FinalityStatus {
  readonly epoch: number;
  /** Empty until a set is large enough. [STAKE-18] */
  readonly validators: readonly ValidatorView[];
  readonly self: number | undefined;
  /** Undefined if the node has no validator key. */
  readonly signing?: ValidatorSigning;
  readonly listeningFor?: ListeningFor;
  readonly finalized: { readonly height: number; readonly hash: Hash; readonly number: number };
  readonly vote:
    | { readonly height: number; readonly round: number; readonly step: VoteStep | "propose" }
    | undefined;
  /** From the newest final block to the sink. */
  readonly lagBlocks: number;
  /** Since finality advanced on this node, or since its start. */
  readonly lagMs: number;
  /** True before the handover; later, true if votes are on time. [FINAL-18] */
  readonly isFinalizing: boolean;
}

/** Proves a new validator set to light clients. [FINAL-24] */
export interface SetChange {
  readonly epoch: number;
  readonly header: Header;
  /** Signed by the set of the previous epoch. */
  readonly certificate: Certificate;
  /** Trie nodes that prove the set in the header's state, without duplicates, in any order. */
  readonly nodes: readonly Uint8Array[];
}

export interface FinalityProof {
  readonly changes: readonly SetChange[];
  /** Undefined unless the last proven set has signed the newest checkpoint. */
  readonly newest: Pick<SetChange, "header" | "certificate"> | undefined;
}

export interface FinalityView {
  status(): FinalityStatus;
  certificate(height: number): Certificate | undefined;
  /** Up to the newest known checkpoint. @param countMax number of set changes */
  proof(fromEpoch: number, countMax: number): FinalityProof;
}
