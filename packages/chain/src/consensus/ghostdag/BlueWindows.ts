import type { BlockTable } from "../table/BlockTable.ts";
import type { BlueChain } from "./BlueChain.ts";
import { popcount, rangeMask, upTo } from "./bitRanges.ts";
import type { PastWindows } from "./PastWindows.ts";
import { WindowCache } from "./WindowCache.ts";

/** Stores anticone sizes as bit planes, to compare and increment those of 32 blocks at once. [DAG-4] */
export class BlueWindows {
  readonly #k: number;
  readonly #table: BlockTable;
  readonly #pasts: PastWindows;
  readonly #chain: BlueChain;
  readonly #cache: WindowCache;
  readonly #words: number;
  readonly #digits: number;
  readonly #anticone: Int32Array;
  #block = 0;

  constructor(k: number, table: BlockTable, pasts: PastWindows, chain: BlueChain) {
    this.#k = k;
    this.#table = table;
    this.#pasts = pasts;
    this.#chain = chain;
    this.#words = pasts.size >>> 5;
    this.#digits = 32 - Math.clz32(k);
    this.#anticone = new Int32Array(this.#words + 1);
    this.#cache = new WindowCache(pasts.size, this.#words * (1 + this.#digits));
  }

  begin(block: number, selectedParent: number): void {
    const from = this.#cache.find(selectedParent) ?? this.#restore(selectedParent);
    this.#inherit(this.#cache.draft, from, block, selectedParent);
    this.#setBlue(this.#cache.draft, selectedParent, 0);
    this.#block = block;
  }

  keepDraft(block: number): void {
    this.#cache.keepDraft(block);
  }

  forget(block: number): void {
    this.#cache.forget(block);
  }

  /**
   * @returns number of blues from `lowest` on that are not ancestors of the candidate; NO_ROOM if above k, or
   * if one of these blues has a full anticone
   */
  readAnticone(candidate: number, lowest: number): number {
    const past = this.#pasts.window(candidate);
    const pastData = this.#pasts.data;
    const { data, draft } = this.#cache;
    const ring = this.#words - 1;
    const first = lowest >>> 5;
    const candidateWord = candidate >>> 5;
    let count = 0;
    for (let word = first; word <= (this.#block - 1) >>> 5; word++) {
      const at = word & ring;
      let bits = data[draft + at]! & rangeMask(word, lowest, this.#block - 1);
      if (word < candidateWord) bits &= ~pastData[past + at]!;
      else if (word === candidateWord) bits &= ~(pastData[past + at]! & upTo(candidate));
      this.#anticone[word - first] = bits;
      if (bits === 0) continue;
      count += popcount(bits);
      if (count > this.#k || this.#full(draft + at, bits) !== 0) return NO_ROOM;
    }
    return count;
  }

  /** Requires a preceding `readAnticone`. */
  addBlue(candidate: number, lowest: number, anticoneSize: number): void {
    const draft = this.#cache.draft;
    const ring = this.#words - 1;
    const first = lowest >>> 5;
    for (let word = first; word <= (this.#block - 1) >>> 5; word++) {
      const bits = this.#anticone[word - first]!;
      if (bits !== 0) this.#raise(draft + (word & ring), bits);
    }
    this.#setBlue(draft, candidate, anticoneSize);
  }

  sizeOf(blue: number): number {
    const at = this.#cache.draft + this.#wordOf(blue);
    let size = 0;
    for (let digit = 0; digit < this.#digits; digit++) {
      size |= ((this.#cache.data[at + (digit + 1) * this.#words]! >>> (blue & 31)) & 1) << digit;
    }
    return size;
  }

  addWalked(candidate: number, anticone: readonly number[]): void {
    this.#addWalked(this.#cache.draft, this.#block, candidate, anticone);
  }

  isInWindow(number: number): boolean {
    return number > this.#block - this.#pasts.size;
  }

  get bytes(): number {
    return this.#cache.bytes;
  }

  #inherit(to: number, from: number, block: number, last: number): void {
    const data = this.#cache.data;
    const planes = this.#words * (1 + this.#digits);
    if (block - last >= this.#pasts.size) {
      data.fill(0, to, to + planes);
      return;
    }
    data.copyWithin(to, from, from + planes);
    for (let word = last >>> 5; word <= block >>> 5; word++) {
      const keep = ~rangeMask(word, last, block);
      for (let at = to + (word & (this.#words - 1)); at < to + planes; at += this.#words) data[at]! &= keep;
    }
  }

  #restore(block: number): number {
    const window = this.#cache.claim(block);
    const data = this.#cache.data;
    data.fill(0, window, window + this.#words * (1 + this.#digits));
    const chain: number[] = [];
    const low = Math.max(0, block - this.#pasts.size + 1);
    for (let at = block; at >= low; at = this.#table.selectedParents[at]!) chain.push(at);
    for (const chainBlock of chain.reverse()) {
      const selectedParent = this.#table.selectedParents[chainBlock]!;
      const blues = this.#chain.bluesOf(chainBlock);
      for (let index = 0; index < blues.length; index++) {
        if (blues[index] === selectedParent) {
          this.#addWalked(window, block, selectedParent, []);
          continue;
        }
        const earlier = blues.slice(0, index);
        const anticone = this.#chain.anticone(blues[index]!, earlier, selectedParent, this.#k);
        this.#addWalked(window, block, blues[index]!, anticone);
      }
    }
    return window;
  }

  #addWalked(window: number, block: number, blue: number, anticone: readonly number[]): void {
    const low = block - this.#pasts.size;
    for (const other of anticone) {
      if (other > low) this.#raise(window + this.#wordOf(other), 1 << (other & 31));
    }
    if (blue > low) this.#setBlue(window, blue, anticone.length);
  }

  #setBlue(window: number, blue: number, anticoneSize: number): void {
    const at = window + this.#wordOf(blue);
    const bit = 1 << (blue & 31);
    this.#cache.data[at]! |= bit;
    for (let digit = 0; digit < this.#digits; digit++) {
      if (((anticoneSize >>> digit) & 1) === 1) this.#cache.data[at + (digit + 1) * this.#words]! |= bit;
    }
  }

  #full(at: number, bits: number): number {
    let full = bits;
    for (let digit = 0; digit < this.#digits && full !== 0; digit++) {
      const plane = this.#cache.data[at + (digit + 1) * this.#words]!;
      full &= ((this.#k >>> digit) & 1) === 1 ? plane : ~plane;
    }
    return full;
  }

  #raise(at: number, bits: number): void {
    let carry = bits;
    for (let plane = at + this.#words; carry !== 0; plane += this.#words) {
      const digit = this.#cache.data[plane]!;
      this.#cache.data[plane] = digit ^ carry;
      carry &= digit;
    }
  }

  #wordOf(number: number): number {
    return (number >>> 5) & (this.#words - 1);
  }
}

export const NO_ROOM = -1;
