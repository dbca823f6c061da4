import type { InfiniteData } from "@tanstack/react-query";
import type { Hex } from "viem";
import type { PageJson } from "./chainTypes.ts";

const FIRST_ITEMS_MAX = 2_000;

export type Pages<T> = InfiniteData<PageJson<T>, Hex | null>;

/** Prepends new items. After a reorganisation, keeps only `newest`. */
export function renewed<T>(known: Pages<T>, newest: PageJson<T>): Pages<T> {
  const [first, ...older] = known.pages;
  if (first !== undefined && older.length > 0 && newest.cursor !== null) {
    const now = newest.items.map((item) => JSON.stringify(item));
    const begin = known.pages.flatMap(({ items }) => items).slice(0, now.length);
    const before = begin.map((item) => JSON.stringify(item));
    const addedCount = now.indexOf(before[0]!);
    const isContinued = addedCount >= 0 && now.slice(addedCount).every((item, at) => item === before[at]);
    if (isContinued && first.items.length < FIRST_ITEMS_MAX) {
      const added = newest.items.slice(0, addedCount);
      return { ...known, pages: [{ ...first, items: [...added, ...first.items] }, ...older] };
    }
  }
  return { pages: [newest], pageParams: [null] };
}
