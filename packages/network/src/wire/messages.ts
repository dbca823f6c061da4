import type {
  Block,
  Body,
  Certificate,
  Evidence,
  Hash,
  Header,
  Heartbeat,
  ProvenProposal,
  Signed,
  Vote,
} from "@trellis/protocol";

/** Sent on connecting and repeated while connected. */
export interface Hello {
  readonly chainId: bigint;
  readonly genesis: Hash;
  readonly shard: number;
  /** Printable ASCII, at most 64 bytes. */
  readonly agent: string;
  readonly sink: { readonly hash: Hash; readonly number: number; readonly blueWork: bigint };
  readonly finalized: { readonly hash: Hash; readonly number: number };
  /** Newest block with pruned body and past; genesis on an archive node. */
  readonly oldest: { readonly hash: Hash; readonly number: number };
  /** Heaviest first. */
  readonly tips: readonly Hash[];
  /** Final blocks whose states are served for a while, newest first. */
  readonly states: readonly Hash[];
}

/** Selected chain above the newest locator hash on it. */
export interface HeadersRequest {
  /** Selected chain, newest first, at growing distances; genesis last. */
  readonly locator: readonly Hash[];
  readonly countMax: number;
}

export interface HeadersAnswer {
  /** The locator hash that the headers continue. */
  readonly from: Hash;
  /** Parents first: each chain block follows its mergeset, in order. */
  readonly headers: readonly Header[];
  /** The last header is the sender's sink. */
  readonly isEnd: boolean;
}

/** Answers keep the order; missing items are undefined. */
export interface HashesRequest {
  readonly hashes: readonly Hash[];
}

export interface BlocksAnswer {
  readonly blocks: readonly (Block | undefined)[];
}

export interface BodiesAnswer {
  readonly bodies: readonly (Body | undefined)[];
}

/** EIP-2718 envelopes. */
export interface TransactionsAnswer {
  readonly transactions: readonly (Uint8Array | undefined)[];
}

export interface BlockTransactionsRequest {
  readonly block: Hash;
  /** Ascending positions in the body. */
  readonly indexes: readonly number[];
}

export interface BlockTransactionsAnswer {
  readonly transactions: readonly Uint8Array[];
}

export interface PooledRequest {
  readonly countMax: number;
}

export interface PooledAnswer {
  readonly hashes: readonly Hash[];
}

/** New pool transactions, as EIP-2718 envelopes. */
export interface TransactionsBatch {
  readonly transactions: readonly Uint8Array[];
}

export interface CompactBlock extends Pick<Body, "certificates" | "evidence"> {
  readonly header: Header;
  /** By position: short id (6 bytes, see ShortIds) or envelope. */
  readonly entries: readonly Uint8Array[];
}

/** In wire order. */
export const FINALITY_KINDS = ["vote", "proposal", "certificate", "evidence", "heartbeat"] as const;

export type FinalityContent =
  | { readonly kind: "vote"; readonly vote: Signed<Vote> }
  | { readonly kind: "proposal"; readonly proposal: ProvenProposal }
  | { readonly kind: "certificate"; readonly certificate: Certificate }
  | { readonly kind: "evidence"; readonly evidence: Evidence }
  | { readonly kind: "heartbeat"; readonly heartbeat: Signed<Heartbeat> };

export interface FinalityMessage {
  readonly content: FinalityContent;
  /** Half seconds since the Unix epoch; a repeat in another slot is a new gossip message. */
  readonly slot: number;
}

export interface CertificatesRequest {
  readonly fromHeight: number;
  readonly countMax: number;
}

export interface CertificatesAnswer {
  /** Ascending; some may be missing. */
  readonly certificates: readonly Certificate[];
}

/** Requests part of a state trie, from a key on. */
export interface StateRangeRequest {
  readonly block: Hash;
  /** keccak256 of an address; undefined for the account trie. */
  readonly owner: Hash | undefined;
  /** First key: keccak256 of an address or slot. */
  readonly from: Hash;
  readonly bytesMax: number;
}

export interface StateRangeAnswer {
  /** Ascending keys, with trie values (RLP). */
  readonly entries: readonly { readonly key: Hash; readonly value: Uint8Array }[];
  /** For the first requested key and the last entry. */
  readonly proof: readonly Uint8Array[];
  readonly isEnd: boolean;
}

export interface CodesAnswer {
  readonly codes: readonly (Uint8Array | undefined)[];
}
