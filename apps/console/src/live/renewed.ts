import type { InfiniteData } from "@tanstack/react-query";
import type { Hex } from "viem";
import type { PageJson } from "./chainTypes.ts";

/** Items of the first page: where a tab was open for long, the list begins again. */
const FIRST_ITEMS_MAX = 2_000;

export type Pages<T> = InfiniteData<PageJson<T>, Hex | null>;

/**
 * Pages of a list, newest first, with what is new in front. A cursor is a place, so what follows it is as it was; where
 * the beginning does not fit what is known, as after a reorganisation, nothing but the beginning is known.
 * @param newest the list's first page as it is now
 */
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
