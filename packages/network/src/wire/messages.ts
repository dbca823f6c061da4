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

/** Whom one speaks to, and how far it is. Sent both ways on connecting, and again while connected. */
export interface Hello {
  readonly chainId: bigint;
  readonly genesis: Hash;
  readonly shard: number;
  /** Name and version of the software. Printable ASCII, at most 64 bytes. */
  readonly agent: string;
  readonly sink: { readonly hash: Hash; readonly number: number; readonly blueWork: bigint };
  readonly finalized: { readonly hash: Hash; readonly number: number };
  /** The chain block whose body and whose past's bodies it does not keep; genesis where it keeps all. */
  readonly oldest: { readonly hash: Hash; readonly number: number };
  /** Heaviest first. */
  readonly tips: readonly Hash[];
  /** Final blocks whose states it gives away for a while, newest first. */
  readonly states: readonly Hash[];
}

/** Asks for what is on the sender's selected chain above the newest hash of the locator that it has there. */
export interface HeadersRequest {
  /** Hashes of a selected chain, newest first, at growing distances; genesis last. */
  readonly locator: readonly Hash[];
  readonly countMax: number;
}

export interface HeadersAnswer {
  /** The hash of the locator that it goes on from. */
  readonly from: Hash;
  /** Parents before children: by chain block its mergeset in order and then itself. */
  readonly headers: readonly Header[];
  /** The last header is the sender's sink. */
  readonly isEnd: boolean;
}

/** Blocks, bodies or transactions by hash. Answers keep the order; what the sender lacks is undefined. */
export interface HashesRequest {
  readonly hashes: readonly Hash[];
}

export interface BlocksAnswer {
  readonly blocks: readonly (Block | undefined)[];
}

export interface BodiesAnswer {
  readonly bodies: readonly (Body | undefined)[];
}

/** Envelopes as EIP-2718 has them. */
export interface TransactionsAnswer {
  readonly transactions: readonly (Uint8Array | undefined)[];
}

/** Those transactions of a block that its receiver could not find by their short ids. */
export interface BlockTransactionsRequest {
  readonly block: Hash;
  /** Ascending positions in the body. */
  readonly indexes: readonly number[];
}

export interface BlockTransactionsAnswer {
  readonly transactions: readonly Uint8Array[];
}

/** Asks for the executable transactions of a pool. */
export interface PooledRequest {
  readonly countMax: number;
}

/** As many of them as were asked for. */
export interface PooledAnswer {
  readonly hashes: readonly Hash[];
}

/** Gossip: what a pool took in of late. Envelopes as EIP-2718 has them. */
export interface TransactionsBatch {
  readonly transactions: readonly Uint8Array[];
}

/** Gossip: a block without the transactions that its receivers have already. */
export interface CompactBlock extends Pick<Body, "certificates" | "evidence"> {
  readonly header: Header;
  /** By position in the body: its short id (6 bytes, see ShortIds), or the envelope itself. */
  readonly entries: readonly Uint8Array[];
}

/** In the order of their numbers on the wire. */
export const FINALITY_KINDS = ["vote", "proposal", "certificate", "evidence", "heartbeat"] as const;

export type FinalityContent =
  | { readonly kind: "vote"; readonly vote: Signed<Vote> }
  | { readonly kind: "proposal"; readonly proposal: ProvenProposal }
  | { readonly kind: "certificate"; readonly certificate: Certificate }
  | { readonly kind: "evidence"; readonly evidence: Evidence }
  | { readonly kind: "heartbeat"; readonly heartbeat: Signed<Heartbeat> };

/** Gossip: what validators say. */
export interface FinalityMessage {
  readonly content: FinalityContent;
  /** When it was said, in half seconds since the Unix epoch: said again later it is another message. */
  readonly slot: number;
}

/** Asks for certificates of checkpoints. */
export interface CertificatesRequest {
  readonly fromHeight: number;
  readonly countMax: number;
}

export interface CertificatesAnswer {
  /** Ascending heights, from the one that was asked for on; some may be missing. */
  readonly certificates: readonly Certificate[];
}

/** Part of a state: the accounts of its trie, or the slots of one account's, from a key on, with their proof. */
export interface StateRangeRequest {
  /** The chain block whose state it is. */
  readonly block: Hash;
  /** keccak256 of the address whose storage is asked for; undefined for the accounts. */
  readonly owner: Hash | undefined;
  /** The first key: keccak256 of an address or a slot. */
  readonly from: Hash;
  readonly bytesMax: number;
}

export interface StateRangeAnswer {
  /** Ascending keys with their values as the trie holds them (RLP). */
  readonly entries: readonly { readonly key: Hash; readonly value: Uint8Array }[];
  /** Trie nodes that prove the first key asked for and the last entry. */
  readonly proof: readonly Uint8Array[];
  /** Nothing follows the last entry. */
  readonly isEnd: boolean;
}

/** Codes by keccak256. */
export interface CodesAnswer {
  readonly codes: readonly (Uint8Array | undefined)[];
}
