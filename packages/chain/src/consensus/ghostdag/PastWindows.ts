import type { Reachability } from "../reachability/Reachability.ts";
import { rangeMask } from "./bitRanges.ts";
import { WindowCache } from "./WindowCache.ts";

/** A block's ancestors: one bit for each of the last `size` numbers. Reachability covers older blocks. */
export class PastWindows {
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

  get draft(): number {
    return this.#cache.draft;
  }

  /** Returns an offset in `data`. */
  window(block: number): number {
    return this.#cache.find(block) ?? this.#restore(block);
  }

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

  #ask(window: number, low: number, block: number): void {
    const { data } = this.#cache;
    for (let ancestor = low; ancestor < block; ancestor++) {
      if (!this.#reachability.isAncestor(ancestor, block)) continue;
      data[window + ((ancestor >>> 5) & (this.#words - 1))]! |= 1 << (ancestor & 31);
    }
  }
}
