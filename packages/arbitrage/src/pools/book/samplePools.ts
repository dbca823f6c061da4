import { isTrellisError, type Random } from "@trellis/base";
import type { Pool, PoolAddress } from "../Pool.ts";
import type { PoolCaller } from "../sources/PoolSource.ts";
import type { PoolBook } from "./PoolBook.ts";
import type { RefreshOptions } from "./refreshPools.ts";

export interface SampleOptions extends RefreshOptions {
  readonly count: number;
}

export interface Sampled {
  readonly checked: number;
  readonly wrong: readonly { readonly pool: PoolAddress; readonly difference: string }[];
  /** The head changed before all pools were compared. */
  readonly isOvertaken: boolean;
}

/** Tick bitmap words on each side of the price. */
const WORDS_AROUND = 1;

export async function samplePools(
  book: PoolBook,
  caller: PoolCaller,
  random: Random,
  { count, ...options }: SampleOptions,
): Promise<Sampled> {
  const { hash } = book.head;
  const wrong: { pool: PoolAddress; difference: string }[] = [];
  let checked = 0;
  for (const { address } of draw([...book.pools()], count, random)) {
    const source = book.source(address);
    if (source === undefined) continue;
    const read = await readOrCode(() =>
      source.read(caller, { wordsAround: WORDS_AROUND, ...options, blockHash: hash }),
    );
    const kept = book.pool(address);
    if (book.head.hash !== hash) return { checked, wrong, isOvertaken: true };
    if (kept === undefined) continue;
    checked++;
    const difference = typeof read === "string" ? read : source.differenceOf(kept, read);
    if (difference === undefined) continue;
    book.invalidate(address, "SAMPLE");
    wrong.push({ pool: address, difference });
  }
  return { checked, wrong, isOvertaken: false };
}

async function readOrCode(read: () => Promise<Pool>): Promise<Pool | string> {
  try {
    return await read();
  } catch (error) {
    if (isTrellisError(error, "POOL_UNREADABLE") || isTrellisError(error, "POOL_INVALID")) return error.code;
    throw error;
  }
}

function draw(pools: Pool[], count: number, random: Random): Pool[] {
  const drawn = Math.min(count, pools.length);
  for (let place = 0; place < drawn; place++) {
    const number = new DataView(random.bytes(4).slice().buffer).getUint32(0);
    const other = place + (number % (pools.length - place));
    [pools[place], pools[other]] = [pools[other]!, pools[place]!];
  }
  return pools.slice(0, drawn);
}
