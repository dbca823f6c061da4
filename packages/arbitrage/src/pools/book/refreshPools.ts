import { isTrellisError } from "@trellis/base";
import type { PoolAddress } from "../Pool.ts";
import type { PoolCaller, ReadOptions } from "../sources/PoolSource.ts";
import type { PoolBook, StalePool } from "./PoolBook.ts";

export type RefreshOptions = Omit<ReadOptions, "blockHash">;

export interface Refreshed {
  readonly read: readonly PoolAddress[];
  /** Those whose contracts gave no state; they stay without one. */
  readonly failed: readonly { readonly pool: PoolAddress; readonly code: string }[];
  /** The head moved while they were read: what was read is not used, the rest is still to be read. */
  readonly isOvertaken: boolean;
}

/** What pools' own answers can be: of these the pool is to blame, of others the node. */
const CODES_OF_POOLS = new Set(["POOL_UNREADABLE", "POOL_INVALID", "SWAP_INVALID"]);

/** Reads all pools without a certain state, in the state of the book's head. @throws what the caller throws */
export async function refreshPools(
  book: PoolBook,
  caller: PoolCaller,
  options: RefreshOptions = {},
): Promise<Refreshed> {
  const { hash } = book.head;
  const read: PoolAddress[] = [];
  const failed: { pool: PoolAddress; code: string }[] = [];
  for (const { source } of [...book.stale()] as StalePool[]) {
    try {
      const pool = await source.read(caller, { ...options, blockHash: hash });
      if (book.head.hash !== hash) return { read, failed, isOvertaken: true };
      // It may have been forgotten meanwhile.
      if (book.source(source.address) !== source) continue;
      book.put(pool, hash);
      read.push(source.address);
    } catch (error) {
      if (!isTrellisError(error) || !CODES_OF_POOLS.has(error.code)) throw error;
      if (book.head.hash !== hash) return { read, failed, isOvertaken: true };
      if (book.source(source.address) === source) book.doubt(source.address, error.code);
      failed.push({ pool: source.address, code: error.code });
    }
  }
  return { read, failed, isOvertaken: false };
}
