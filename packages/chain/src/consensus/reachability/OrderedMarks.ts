import { grownFloat64, grownInt32 } from "../table/IntLists.ts";

/** O(log n) relabels per insertion on average (Bender et al., ESA 2002). [DAG-7] */
export class OrderedMarks {
  /** Valid until the next insertion. */
  labels = new Float64Array(512);
  #next = new Int32Array(512);
  #previous = new Int32Array(512);
  movedCount = 0;

  constructor() {
    this.labels[FIRST] = 0;
    this.labels[LAST] = UNIVERSE - 1;
    this.#next[FIRST] = LAST;
    this.#previous[LAST] = FIRST;
  }

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

export const FIRST = 0;
export const LAST = 1;

/** Label sums stay exact in a double. */
const UNIVERSE = 2 ** 52;
/** A pair needs two integers between two labels. */
const PAIR_GAP = 3;
const ROOM_MIN = 4;
/** A range of 2^i labels may contain 2^i / 1.4^i marks, about 10^8 in total. */
const SPARSER = 1.4;
/** Shares of a gap left free before and after a pair. Descendants use the space inside. */
const SHARE_BEFORE = 1 / 16;
const SHARE_AFTER = 1 / 4;
