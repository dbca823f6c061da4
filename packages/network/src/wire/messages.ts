import type {
  Block,
  Body,
  BodyLists,
  Certificate,
  Evidence,
  Hash,
  Header,
  Heartbeat,
  OutboxRange,
  PastBlock,
  ProvenProposal,
  Signed,
  VoteBundle,
} from "@trellis/protocol";

/** A newer release may name forks that this one does not know. [EVM-22] */
export interface HelloFork {
  /** Printable ASCII, at most 16 bytes. */
  readonly name: string;
  /** First chain block number with the fork's rules. */
  readonly number: number;
}

export interface Hello {
  readonly chainId: bigint;
  readonly genesis: Hash;
  readonly forks: readonly HelloFork[];
  readonly shard: number;
  /** Printable ASCII, at most 64 bytes. */
  readonly agent: string;
  readonly sink: { readonly hash: Hash; readonly number: number; readonly blueWork: bigint };
  readonly finalized: { readonly hash: Hash; readonly number: number };
  /** Newest block whose body and past are pruned; on an archive node, genesis. */
  readonly oldest: { readonly hash: Hash; readonly number: number };
  readonly tips: readonly Hash[];
  readonly states: readonly Hash[];
}

/** Requests headers of the selected chain above the newest locator hash that is on the chain. */
export interface HeadersRequest {
  /** Hashes of the selected chain at growing distances, newest first, genesis last. */
  readonly locator: readonly Hash[];
  readonly countMax: number;
}

export interface HeadersAnswer {
  readonly from: Hash;
  readonly headers: readonly Header[];
  readonly isEnd: boolean;
}

/** Requests the blocks in the past of a checkpoint and not of its root, children first. */
export interface PastRequest {
  readonly checkpoint: Hash;
  /** The last block received; undefined at first. */
  readonly after: Hash | undefined;
  readonly countMax: number;
}

/** Without blocks, the peer has pruned them. */
export interface PastAnswer {
  readonly blocks: readonly PastBlock[];
  readonly isEnd: boolean;
}

/** Answers keep the order of `hashes`; missing items are undefined. */
export interface HashesRequest {
  readonly hashes: readonly Hash[];
}

export interface BlocksAnswer {
  readonly blocks: readonly (Block | undefined)[];
}

export interface BodiesAnswer {
  readonly bodies: readonly (Body | undefined)[];
}

export interface TransactionsAnswer {
  readonly transactions: readonly (Uint8Array | undefined)[];
}

export interface BlockTransactionsRequest {
  readonly block: Hash;
  /** Positions in the body, ascending. */
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

export interface TransactionsBatch {
  readonly transactions: readonly Uint8Array[];
}

/** A sampled transaction or block, and the span that sent it. */
export interface Trace {
  readonly hash: Hash;
  readonly traceId: string;
  readonly spanId: string;
}

export interface Traces {
  readonly traces: readonly Trace[];
}

export interface CompactBlock extends BodyLists {
  readonly header: Header;
  /** Short ids (6 bytes, see `ShortIds`) or EIP-2718 envelopes. */
  readonly entries: readonly Uint8Array[];
}

export const FINALITY_KINDS = ["votes", "proposal", "certificate", "evidence", "heartbeat"] as const;

export type FinalityContent =
  | { readonly kind: "votes"; readonly votes: VoteBundle }
  | { readonly kind: "proposal"; readonly proposal: ProvenProposal }
  | { readonly kind: "certificate"; readonly certificate: Certificate }
  | { readonly kind: "evidence"; readonly evidence: Evidence }
  | { readonly kind: "heartbeat"; readonly heartbeat: Signed<Heartbeat> };

export interface FinalityMessage {
  readonly content: FinalityContent;
  /** Half seconds since the Unix epoch. A repeat in another slot is a new gossip message. */
  readonly slot: number;
}

export interface CertificatesRequest {
  readonly fromHeight: number;
  readonly countMax: number;
}

export interface CertificatesAnswer {
  /** Ascending heights; some may be missing. */
  readonly certificates: readonly Certificate[];
}

export interface OutboxAnswer {
  /** Undefined if the peer lacks it. */
  readonly range: OutboxRange | undefined;
}

export type NoFields = Readonly<Record<string, never>>;

/** Above 0, ascending, each with addresses of the sender's network of the shard. */
export interface FollowedShards {
  readonly shards: readonly { readonly shard: number; readonly addresses: readonly string[] }[];
}

export interface StateRangeRequest {
  readonly block: Hash;
  readonly owner: Hash | undefined;
  readonly from: Hash;
  readonly bytesMax: number;
}

export interface StateRangeAnswer {
  readonly entries: readonly { readonly key: Hash; readonly value: Uint8Array }[];
  readonly proof: readonly Uint8Array[];
  readonly isEnd: boolean;
}

export interface CodesAnswer {
  readonly codes: readonly (Uint8Array | undefined)[];
}
