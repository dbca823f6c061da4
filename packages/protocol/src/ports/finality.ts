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

/** What the network feeds with messages of the vote, and asks for certificates. */
export interface FinalityIntake {
  /** Each throws what is wrong with the message; the error's consequence says what its sender deserves. */
  receiveVote(vote: Signed<Vote>): void;
  receiveProposal(proposal: ProvenProposal): void;
  receiveCertificate(certificate: Certificate): void;
  receiveEvidence(evidence: Evidence): void;
  receiveHeartbeat(heartbeat: Signed<Heartbeat>): void;
  /** A peer says that the chain block of this number is final there. */
  receiveFinal(number: number): void;
  /** Those of final checkpoints from a height on that are known here, ascending; at most `countMax`. */
  certificatesFrom(height: number, countMax: number): readonly Certificate[];
}

/** How messages of the vote reach the other nodes. */
export interface FinalityOutbox {
  proposal(proposal: ProvenProposal): void;
  vote(vote: Signed<Vote>): void;
  certificate(certificate: Certificate): void;
  evidence(evidence: Evidence): void;
  heartbeat(heartbeat: Signed<Heartbeat>): void;
  /** Somebody is further: the certificates from this height on are wanted. */
  behind(fromHeight: number): void;
}

const nothing = (): void => {};

/** Of a node that has nobody to tell, or nothing to say. */
export const silentOutbox: FinalityOutbox = {
  proposal: nothing,
  vote: nothing,
  certificate: nothing,
  evidence: nothing,
  heartbeat: nothing,
  behind: nothing,
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
 * and signs no more until it is started again. [FINAL-12]
 */
export type ValidatorSigning = "listening" | "signing" | "stopped";

/**
 * What a validator that listens waits for: to hear enough of the others; the time after that; a block, without which it is
 * not known who votes on what; certificates of heights before that of others; or, with an empty log in a set that has
 * certified heights, that others vote in front of it. [FINAL-12]
 */
export type ListeningFor = "others" | "time" | "block" | "certificates" | "votes";

/** How far finality is, as this node sees it. */
export interface FinalityStatus {
  /** Whose set votes; without members as long as none is large enough to take over. [STAKE-18] */
  readonly epoch: number;
  readonly validators: readonly ValidatorView[];
  /** This node's place in the set; undefined if it only watches. */
  readonly self: number | undefined;
  /** Of a node that was given a validator's key. */
  readonly signing?: ValidatorSigning;
  /** While it listens. */
  readonly listeningFor?: ListeningFor;
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
  /** Whether blocks become final in time: by depth until validators take over, then by their votes. [FINAL-18] */
  readonly isFinalizing: boolean;
}

/** A checkpoint after which another set votes, for who verifies finality by itself. [FINAL-24] */
export interface SetChange {
  /** Whose set votes from here on. */
  readonly epoch: number;
  readonly header: Header;
  /** By the set of the epoch before. */
  readonly certificate: Certificate;
  /** Trie nodes that show the set in the header's state, each once, in no order that matters. */
  readonly nodes: readonly Uint8Array[];
}

export interface FinalityProof {
  /** One epoch after another. */
  readonly changes: readonly SetChange[];
  /** The newest checkpoint, if the last of those sets has signed it. */
  readonly newest: Pick<SetChange, "header" | "certificate"> | undefined;
}

/** What RPC, metrics and health tell of finality. */
export interface FinalityView {
  status(): FinalityStatus;
  /** Of a final checkpoint; undefined if none of that height is known here. */
  certificate(height: number): Certificate | undefined;
  /**
   * What leads from the set of an epoch to the newest checkpoint, or as far as this node knows all of it.
   * @param countMax changes of the set
   */
  proof(fromEpoch: number, countMax: number): FinalityProof;
}
