import type { Certificate, Evidence } from "../finality/Vote.ts";
import type { MessageBatch } from "../shards/MessageBatch.ts";
import type { Transaction } from "../transaction/Transaction.ts";
import type { Hash } from "../words.ts";
import type { CrossLink } from "./CrossLink.ts";
import type { Header } from "./Header.ts";

export interface Body {
  readonly transactions: readonly Transaction[];
  /** Take effect when a chain block executes this body. */
  readonly certificates: readonly Certificate[];
  readonly evidence: readonly Evidence[];
  /** Present in blocks of version 2. */
  readonly crossShard?: CrossShardLists;
}

/** [SHARD-14] */
export interface CrossShardLists {
  readonly batches: readonly MessageBatch[];
  /** Only in shard 0. */
  readonly crossLinks: readonly CrossLink[];
}

export const EMPTY_BODY: Body = { transactions: [], certificates: [], evidence: [] };
export const EMPTY_CROSS_SHARD_LISTS: CrossShardLists = { batches: [], crossLinks: [] };

export interface Block {
  readonly hash: Hash;
  readonly header: Header;
  readonly body: Body;
}
