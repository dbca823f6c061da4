import type { Entry } from "../Entry.ts";

/** By what the order compares: class first, then price, then age. [POOL-5] */
export interface Ranked {
  /** Lower goes out of the pool earlier, whatever it pays. */
  readonly rank: number;
  /** wei per gas */
  readonly price: number;
  readonly sequence: number;
}

export type Before = (a: Ranked, b: Ranked) => boolean;

export const cheapestFirst: Before = (a, b) => {
  if (a.rank !== b.rank) return a.rank < b.rank;
  return a.price !== b.price ? a.price < b.price : a.sequence > b.sequence;
};

export const dearestFirst: Before = (a, b) => cheapestFirst(b, a);

/** An owner's place in an order; it holds one entry at a time. */
export interface Slot<T> extends Ranked {
  readonly owner: T;
  readonly at: number[];
  /** undefined while it is in no order. */
  entry: Entry | undefined;
  isTipBound: boolean;
  rank: number;
  /** The tip when it is bound by the tip, else the fee cap. wei per gas */
  price: number;
  sequence: number;
}

export function createSlot<T>(owner: T): Slot<T> {
  return { owner, at: [0, 0], entry: undefined, isTipBound: true, rank: 0, price: 0, sequence: 0 };
}
