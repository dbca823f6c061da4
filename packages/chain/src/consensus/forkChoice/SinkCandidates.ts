import type { BlockTable } from "../table/BlockTable.ts";

export class SinkCandidates {
  readonly #table: BlockTable;
  readonly #isAncestor: (ancestor: number, block: number) => boolean;
  readonly #final: number;
  /** Lightest first. */
  readonly #candidates: number[];

  constructor(
    table: BlockTable,
    isAncestor: (ancestor: number, block: number) => boolean,
    tipsDescending: readonly number[],
    final: number,
  ) {
    this.#table = table;
    this.#isAncestor = isAncestor;
    this.#final = final;
    this.#candidates = tipsDescending.toReversed();
  }

  heaviest(): number | undefined {
    return this.#candidates.at(-1);
  }

  refuseHeaviest(): void {
    const refused = this.#candidates.pop();
    if (refused === undefined) return;
    for (const parent of this.#table.parents.toArray(refused)) {
      if (!this.#isAncestor(this.#final, parent)) continue;
      if (this.#candidates.some((other) => this.#isAncestor(parent, other))) continue;
      this.#insert(parent);
    }
  }

  descending(): number[] {
    return this.#candidates.toReversed();
  }

  #insert(block: number): void {
    const at = this.#candidates.findLastIndex((other) => this.#table.compare(other, block) < 0) + 1;
    this.#candidates.splice(at, 0, block);
  }
}
