import type { Entry } from "../Entry.ts";

/** By what orders compare. [POOL-6] [POOL-8] */
export interface Ranked {
  /** For the pool's limits a class, for a block the sender's turn. */
  readonly rank: number;
  /** wei per gas */
  readonly price: number;
  readonly sequence: number;
}

export type Before = (a: Ranked, b: Ranked) => boolean;

/** What goes out of the pool first: the lowest class, in it the lowest price, then the youngest. [POOL-8] */
export const cheapestFirst: Before = (a, b) => {
  if (a.rank !== b.rank) return a.rank < b.rank;
  return a.price !== b.price ? a.price < b.price : a.sequence > b.sequence;
};

/** What goes into a block first: the highest price, then whose turn it is, then the oldest. [POOL-6] */
export const dearestFirst: Before = (a, b) => {
  if (a.price !== b.price) return a.price > b.price;
  return a.rank !== b.rank ? a.rank < b.rank : a.sequence < b.sequence;
};

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
