import type { BlockTable } from "../table/BlockTable.ts";

/** Sorted, because old unmerged tips must not slow down insertions. */
export class Tips {
  readonly #table: BlockTable;
  /** Lightest first. */
  readonly #tips: number[] = [];

  constructor(table: BlockTable) {
    this.#table = table;
  }

  add(block: number, parents: Iterable<number>): void {
    for (const parent of parents) this.#delete(parent);
    this.#tips.splice(this.#lighterThan(block), 0, block);
  }

  remove(block: number, parents: Iterable<number>): void {
    this.#delete(block);
    for (const parent of parents) if (this.#table.children.length(parent) === 0) this.add(parent, []);
  }

  /** Heaviest first. [DAG-2] */
  descending(): number[] {
    return this.#tips.toReversed();
  }

  #delete(block: number): void {
    const at = this.#lighterThan(block);
    if (this.#tips[at] === block) this.#tips.splice(at, 1);
  }

  #lighterThan(block: number): number {
    let low = 0;
    let high = this.#tips.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#table.compare(this.#tips[middle]!, block) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
