import { grownFloat64, grownInt32 } from "../table/IntLists.ts";

/**
 * Marks in an order that can be asked in one comparison and extended anywhere: each carries a label, an integer below
 * 2^52, and labels rise with the order. Where an insertion finds no room, the smallest surrounding range of labels
 * that is sparse enough is spread evenly, which moves O(log n) labels an insertion on average, whatever the order of
 * insertions (Bender, Cole, Demaine, Farach-Colton, Zito: Two Simplified Algorithms for Maintaining Order in a List,
 * ESA 2002). [DAG-7]
 */
export class OrderedMarks {
  /** Good until the next insertion. */
  labels = new Float64Array(512);
  #next = new Int32Array(512);
  #previous = new Int32Array(512);
  /** Labels that were moved to make room: the work beyond the insertions themselves. */
  movedCount = 0;

  constructor() {
    this.labels[FIRST] = 0;
    this.labels[LAST] = UNIVERSE - 1;
    this.#next[FIRST] = LAST;
    this.#previous[LAST] = FIRST;
  }

  /** Inserts an adjacent pair in front of a mark. */
  insertPairBefore(mark: number, left: number, right: number): void {
    this.#growTo(Math.max(left, right) + 1);
    const before = this.#previous[mark]!;
    if (this.labels[mark]! - this.labels[before]! < PAIR_GAP) this.#makeRoomAfter(before);
    const low = this.labels[before]!;
    const gap = this.labels[mark]! - low;
    this.labels[left] = low + Math.max(1, Math.floor(gap * SHARE_BEFORE));
    this.labels[right] = low + Math.min(gap - 1, Math.ceil(gap * (1 - SHARE_AFTER)));
    this.#link(before, left);
    this.#link(left, right);
    this.#link(right, mark);
  }

  remove(mark: number): void {
    this.#link(this.#previous[mark]!, this.#next[mark]!);
  }

  /** The same order under other mark numbers, with labels evenly spread. */
  renumbered(numberOf: (mark: number) => number): OrderedMarks {
    const order = [FIRST];
    for (let mark = FIRST; mark !== LAST; ) {
      mark = this.#next[mark]!;
      order.push(numberOf(mark));
    }
    const renumbered = new OrderedMarks();
    renumbered.#growTo(order.length);
    for (let index = 1; index < order.length; index++) renumbered.#link(order[index - 1]!, order[index]!);
    renumbered.#spread(FIRST, order.length, 0, UNIVERSE);
    return renumbered;
  }

  next(mark: number): number {
    return this.#next[mark]!;
  }

  get bytes(): number {
    return this.labels.byteLength + this.#next.byteLength + this.#previous.byteLength;
  }

  #link(left: number, right: number): void {
    this.#next[left] = right;
    this.#previous[right] = left;
  }

  /** Spreads the labels around a mark so that a pair fits behind it. */
  #makeRoomAfter(mark: number): void {
    const at = this.labels[mark]!;
    let low = mark;
    let high = mark;
    let count = 1;
    let sparse = 1;
    for (let size = 2; ; size *= 2) {
      sparse *= SPARSER;
      const start = Math.floor(at / size) * size;
      while (low !== FIRST && this.labels[this.#previous[low]!]! >= start) {
        low = this.#previous[low]!;
        count++;
      }
      while (high !== LAST && this.labels[this.#next[high]!]! < start + size) {
        high = this.#next[high]!;
        count++;
      }
      const room = size / count;
      if (room < ROOM_MIN || (room < sparse && size < UNIVERSE)) continue;
      this.#spread(low, count, start, size);
      return;
    }
  }

  #spread(low: number, count: number, start: number, size: number): void {
    const step = size / count;
    let mark = low;
    for (let index = 0; index < count; index++) {
      this.labels[mark] = start + Math.floor(index * step);
      mark = this.#next[mark]!;
    }
    this.movedCount += count;
  }

  #growTo(count: number): void {
    if (count <= this.labels.length) return;
    this.labels = grownFloat64(this.labels, count);
    this.#next = grownInt32(this.#next, count);
    this.#previous = grownInt32(this.#previous, count);
  }
}

/** Marks that are there from the start: every other one is between them. */
export const FIRST = 0;
export const LAST = 1;

/** Labels stay exact in a double, and so do their sums with a range's size. */
const UNIVERSE = 2 ** 52;
/** A pair between two labels needs two integers between them. */
const PAIR_GAP = 3;
/** What spreading must leave between two labels, so that one pair fits for certain. */
const ROOM_MIN = 4;
/**
 * A range of 2^i labels is sparse enough with 2^i / 1.4^i marks: the nearer to 2, the fewer labels move and the fewer
 * marks fit. 1.4 fits (2 / 1.4)^52, a hundred million.
 */
const SPARSER = 1.4;
/** How a gap is shared: before the pair, behind it, and the rest inside, where the descendants of a tip will go. */
const SHARE_BEFORE = 1 / 16;
const SHARE_AFTER = 1 / 4;
