import { isTrellisError, type TrellisError } from "@trellis/base";
import type { Pool, PoolAddress } from "../Pool.ts";
import type { PoolCaller, PoolSource, ReadOptions } from "../sources/PoolSource.ts";
import type { PoolBook } from "./PoolBook.ts";

export type RefreshOptions = Omit<ReadOptions, "blockHash">;

export interface Refreshed {
  readonly read: readonly PoolAddress[];
  readonly failed: readonly { readonly pool: PoolAddress; readonly code: string }[];
  readonly missed?: { readonly pools: readonly PoolAddress[]; readonly error: TrellisError };
  /** Results were discarded because the head changed. */
  readonly isOvertaken: boolean;
}

const AT_ONCE = 16;
/** Pools per call; nodes must keep the head's state meanwhile. */
const REFRESH_MAX = 256;

/** Caused by pools; if all reads fail with other codes, the node is faulty. */
const CODES_OF_POOLS = new Set(["POOL_UNREADABLE", "POOL_INVALID", "SWAP_INVALID"]);

/** Reads pools with the fewest failures first; stops when a pool fails again. */
export async function refreshPools(
  book: PoolBook,
  caller: PoolCaller,
  options: RefreshOptions = {},
): Promise<Refreshed> {
  const { hash } = book.head;
  const read: PoolAddress[] = [];
  const failed: { pool: PoolAddress; code: string }[] = [];
  const stale = [...book.stale()].sort((a, b) => a.tries - b.tries).slice(0, REFRESH_MAX);
  for (let at = 0; at < stale.length; at += AT_ONCE) {
    const group = stale.slice(at, at + AT_ONCE);
    const answers = await Promise.all(
      group.map(({ source }) => readOrError(source, caller, { ...options, blockHash: hash })),
    );
    if (book.head.hash !== hash) return { read, failed, isOvertaken: true };
    const error = answers.find((answer) => isTrellisError(answer));
    if (error !== undefined && group[0]?.tries === 0 && answers.every(isOfNode))
      return {
        read,
        failed,
        isOvertaken: false,
        missed: { pools: group.map(({ source }) => source.address), error },
      };
    for (const [place, { source }] of group.entries()) {
      const answer = answers[place];
      if (answer === undefined || book.source(source.address) !== source) continue;
      if (isTrellisError(answer)) {
        book.fail(source.address, answer.code);
        failed.push({ pool: source.address, code: answer.code });
      } else {
        book.put(answer, hash);
        read.push(source.address);
      }
    }
    if (group.some((pool, place) => pool.tries > 0 && isTrellisError(answers[place]))) break;
  }
  return { read, failed, isOvertaken: false };
}

async function readOrError(
  source: PoolSource,
  caller: PoolCaller,
  options: ReadOptions,
): Promise<Pool | TrellisError> {
  try {
    return await source.read(caller, options);
  } catch (error) {
    if (!isTrellisError(error) || error.consequence === "fatal") throw error;
    return error;
  }
}

function isOfNode(answer: Pool | TrellisError): boolean {
  return isTrellisError(answer) && !CODES_OF_POOLS.has(answer.code);
}
