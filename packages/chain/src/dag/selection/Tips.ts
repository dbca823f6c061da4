import type { BlockTable } from "../table/BlockTable.ts";

/** Blocks without children. */
export class Tips {
  readonly #table: BlockTable;
  readonly #tips = new Set<number>();

  constructor(table: BlockTable) {
    this.#table = table;
  }

  add(block: number, parents: Iterable<number>): void {
    for (const parent of parents) this.#tips.delete(parent);
    this.#tips.add(block);
  }

  /** Takes a tip away; its parents come back unless they have other children. */
  remove(block: number, parents: Iterable<number>): void {
    this.#tips.delete(block);
    for (const parent of parents) if (this.#table.children.length(parent) === 0) this.#tips.add(parent);
  }

  /** Heaviest first. [DAG-2] */
  descending(): number[] {
    return [...this.#tips].sort((a, b) => this.#table.compare(b, a));
  }
}
