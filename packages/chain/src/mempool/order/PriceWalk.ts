import type { Entry } from "../Entry.ts";
import type { Before, Ranked, Slot } from "./Slot.ts";

export interface Step<T> extends Ranked {
  readonly owner: T;
  readonly entry: Entry;
  readonly depth: number;
  /** -1 for an entry added by `follow`. */
  readonly index: number;
  readonly isTipBound: boolean;
}

export class PriceWalk<T> {
  readonly #before: Before;
  readonly #tipBound: readonly Slot<T>[];
  readonly #capBound: readonly Slot<T>[];
  readonly #baseFee: number;
  readonly #frontier: Step<T>[] = [];

  constructor(before: Before, tipBound: readonly Slot<T>[], capBound: readonly Slot<T>[], baseFee: number) {
    this.#before = before;
    this.#tipBound = tipBound;
    this.#capBound = capBound;
    this.#baseFee = baseFee;
    this.#reach(true, 0);
    this.#reach(false, 0);
  }

  next(): Step<T> | undefined {
    const step = this.#pop();
    if (step !== undefined && step.index >= 0) {
      this.#reach(step.isTipBound, 2 * step.index + 1);
      this.#reach(step.isTipBound, 2 * step.index + 2);
    }
    return step;
  }

  follow(step: Step<T>, entry: Entry, rank: number): void {
    this.#push({
      owner: step.owner,
      entry,
      depth: step.depth + 1,
      rank,
      price: entry.slack >= this.#baseFee ? entry.tip : entry.cap - this.#baseFee,
      sequence: entry.sequence,
      index: -1,
      isTipBound: false,
    });
  }

  #reach(isTipBound: boolean, index: number): void {
    const slot = (isTipBound ? this.#tipBound : this.#capBound)[index];
    if (slot === undefined) return;
    this.#push({
      owner: slot.owner,
      entry: slot.entry!,
      depth: 0,
      rank: slot.rank,
      price: isTipBound ? slot.price : slot.price - this.#baseFee,
      sequence: slot.sequence,
      index,
      isTipBound,
    });
  }

  #push(step: Step<T>): void {
    const frontier = this.#frontier;
    let index = frontier.length;
    frontier.push(step);
    while (index > 0) {
      const above = (index - 1) >> 1;
      if (!this.#before(step, frontier[above]!)) break;
      frontier[index] = frontier[above]!;
      index = above;
    }
    frontier[index] = step;
  }

  #pop(): Step<T> | undefined {
    const frontier = this.#frontier;
    const top = frontier[0];
    const last = frontier.pop();
    if (last === undefined || last === top) return top;
    let index = 0;
    for (;;) {
      let below = 2 * index + 1;
      if (below >= frontier.length) break;
      if (below + 1 < frontier.length && this.#before(frontier[below + 1]!, frontier[below]!)) below += 1;
      if (!this.#before(frontier[below]!, last)) break;
      frontier[index] = frontier[below]!;
      index = below;
    }
    frontier[index] = last;
    return top;
  }
}
