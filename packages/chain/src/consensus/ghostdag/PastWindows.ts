import type { Reachability } from "../reachability/Reachability.ts";
import { rangeMask } from "./bitRanges.ts";
import { WindowCache } from "./WindowCache.ts";

/**
 * For recent blocks, which of the `size` numbers up to their own are in their past: one bit each. Two blocks within a
 * window are compared by reading a bit; reachability answers for all others.
 */
export class PastWindows {
  /** How many numbers a window spans, a power of two. */
  readonly size: number;
  readonly #reachability: Reachability;
  readonly #cache: WindowCache;
  readonly #words: number;

  constructor(size: number, reachability: Reachability) {
    this.size = size;
    this.#reachability = reachability;
    this.#words = size >>> 5;
    this.#cache = new WindowCache(size, this.#words);
  }

  get data(): Int32Array {
    return this.#cache.data;
  }

  /** Where the window of the block that is being placed starts. */
  get draft(): number {
    return this.#cache.draft;
  }

  /** Where a block's window starts in `data`; computed again if it is no longer here. */
  window(block: number): number {
    return this.#cache.find(block) ?? this.#restore(block);
  }

  /** Writes the window of a block that would have the given number and parents. */
  draw(block: number, parents: ArrayLike<number>): void {
    this.#clear(this.draft);
    const low = this.#lowest(block);
    for (let index = 0; index < parents.length; index++) {
      const parent = parents[index]!;
      if (parent >= low) this.#unite(low, parent);
    }
  }

  keepDraft(block: number): void {
    this.#cache.keepDraft(block);
  }

  forget(block: number): void {
    this.#cache.forget(block);
  }

  /** Whether `ancestor` is `block` or in its past. */
  isAncestor(ancestor: number, block: number): boolean {
    if (ancestor >= block) return ancestor === block;
    const window = block - ancestor < this.size ? this.#cache.find(block) : undefined;
    if (window === undefined) return this.#reachability.isAncestor(ancestor, block);
    const word = this.data[window + ((ancestor >>> 5) & (this.#words - 1))]!;
    return ((word >>> (ancestor & 31)) & 1) === 1;
  }

  get bytes(): number {
    return this.#cache.bytes;
  }

  #restore(block: number): number {
    const window = this.#cache.claim(block);
    this.#clear(window);
    this.#ask(window, this.#lowest(block), block);
    return window;
  }

  #clear(window: number): void {
    this.data.fill(0, window, window + this.#words);
  }

  #lowest(block: number): number {
    return Math.max(0, block - this.size + 1);
  }

  /** Adds a parent and its past from `low` on to the draft. */
  #unite(low: number, parent: number): void {
    const { data, draft } = this.#cache;
    const from = this.#cache.find(parent);
    const last = parent >>> 5;
    const ring = this.#words - 1;
    if (from === undefined) this.#ask(draft, low, parent);
    else {
      for (let word = low >>> 5; word <= last; word++) {
        data[draft + (word & ring)]! |= data[from + (word & ring)]! & rangeMask(word, low, parent);
      }
    }
    data[draft + (last & ring)]! |= 1 << (parent & 31);
  }

  /** Adds the past of a block from `low` on to a window, asking for each number. */
  #ask(window: number, low: number, block: number): void {
    const { data } = this.#cache;
    for (let ancestor = low; ancestor < block; ancestor++) {
      if (!this.#reachability.isAncestor(ancestor, block)) continue;
      data[window + ((ancestor >>> 5) & (this.#words - 1))]! |= 1 << (ancestor & 31);
    }
  }
}
