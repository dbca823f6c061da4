import type { Entry } from "../Entry.ts";

export interface Ranked {
  readonly rank: number;
  /** wei per gas */
  readonly price: number;
  readonly sequence: number;
}

export type Before = (a: Ranked, b: Ranked) => boolean;

/** [POOL-8] */
export const lowestPriceFirst: Before = (a, b) => {
  if (a.rank !== b.rank) return a.rank < b.rank;
  return a.price !== b.price ? a.price < b.price : a.sequence > b.sequence;
};

/** [POOL-6] */
export const highestPriceFirst: Before = (a, b) => {
  if (a.price !== b.price) return a.price > b.price;
  return a.rank !== b.rank ? a.rank < b.rank : a.sequence < b.sequence;
};

export interface Slot<T> extends Ranked {
  readonly owner: T;
  readonly at: number[];
  entry: Entry | undefined;
  isTipBound: boolean;
  rank: number;
  /** The tip or the cap, whichever limits the price. wei per gas */
  price: number;
  sequence: number;
}

export function createSlot<T>(owner: T): Slot<T> {
  return { owner, at: [0, 0], entry: undefined, isTipBound: true, rank: 0, price: 0, sequence: 0 };
}
