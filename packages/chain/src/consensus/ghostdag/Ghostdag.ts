import type { Reachability } from "../reachability/Reachability.ts";
import type { BlockTable } from "../table/BlockTable.ts";
import { NONE } from "../table/none.ts";
import { BlueChain } from "./BlueChain.ts";
import { BlueWindows, NO_ROOM } from "./BlueWindows.ts";
import { collectMergeset, searchMergeset } from "./collectMergeset.ts";
import type { GhostdagRow } from "./GhostdagRow.ts";
import { PastWindows } from "./PastWindows.ts";

/** PHANTOM GHOSTDAG (Sompolinsky, Wyborski, Zohar, 2021) as in Kaspa. [DAG-2] to [DAG-5] */
export class Ghostdag {
  readonly #k: number;
  readonly #table: BlockTable;
  readonly #pasts: PastWindows;
  readonly #chain: BlueChain;
  readonly #blues: BlueWindows;
  #drafted: GhostdagRow | undefined;
  #draftedNumber = -1;

  constructor(k: number, windowSize: number, table: BlockTable, reachability: Reachability) {
    this.#k = k;
    this.#table = table;
    this.#pasts = new PastWindows(windowSize, reachability);
    this.#chain = new BlueChain(table, this.#pasts);
    this.#blues = new BlueWindows(k, table, this.#pasts, this.#chain);
  }

  rowOf(parents: readonly number[]): GhostdagRow {
    const table = this.#table;
    const number = table.count;
    const selectedParent = parents.reduce((a, b) => (table.compare(a, b) > 0 ? a : b));
    this.#drafted = undefined;
    this.#pasts.draw(number, parents);
    const mergeset = collectMergeset(table, this.#pasts, number, parents, selectedParent);
    this.#blues.begin(number, selectedParent);
    const blueCount = this.#colour(mergeset, selectedParent);

    let blueWork = table.blueWorks[selectedParent]! + table.works[selectedParent]!;
    for (const merged of mergeset) if ((merged & 1) === 1) blueWork += table.works[merged >>> 1]!;
    const blueScore = table.blueScores[selectedParent]! + blueCount;
    const row = { parents, selectedParent, mergeset, blueCount, blueScore, blueWork };
    this.#drafted = row;
    this.#draftedNumber = number;
    return row;
  }

  /** Also near the oldest blocks, where `rowOf` cannot colour. Ascending by (blueWork, hash). */
  mergeset(parents: readonly number[], selectedParent: number): number[] {
    return searchMergeset(this.#table, this.#pasts, parents, selectedParent);
  }

  /** Keeps windows drafted for `row`, unless another row was computed since. */
  keep(block: number, row: GhostdagRow): void {
    if (this.#drafted !== row || this.#draftedNumber !== block) return;
    this.#pasts.keepDraft(block);
    this.#blues.keepDraft(block);
    this.#drafted = undefined;
  }

  forget(block: number): void {
    this.#pasts.forget(block);
    this.#blues.forget(block);
    this.#drafted = undefined;
  }

  isAncestor(ancestor: number, block: number): boolean {
    return this.#pasts.isAncestor(ancestor, block);
  }

  get bytes(): number {
    return this.#pasts.bytes + this.#blues.bytes;
  }

  /** Encodes the mergeset as in GhostdagRow. @returns number of blues */
  #colour(mergeset: number[], selectedParent: number): number {
    const blues = [selectedParent];
    let lowestBlue = selectedParent;
    const outside = new Map<number, number>();
    for (const [index, candidate] of mergeset.entries()) {
      mergeset[index] = candidate << 1;
      if (blues.length > this.#k) continue;
      const lowest = this.#lowestUncovered(candidate, selectedParent, lowestBlue);
      if (lowest === undefined) continue;
      const isBlue = this.#blues.isInWindow(lowest)
        ? this.#tryInWindow(candidate, lowest)
        : this.#tryWalked(candidate, blues, selectedParent, outside);
      if (!isBlue) continue;
      mergeset[index]! |= 1;
      blues.push(candidate);
      if (candidate < lowestBlue) lowestBlue = candidate;
    }
    return blues.length;
  }

  /** Lowest blue that may be in the candidate's anticone. Undefined if over k chain blocks are in the anticone. */
  #lowestUncovered(candidate: number, selectedParent: number, lowestBlue: number): number | undefined {
    const { lowestBlues, selectedParents } = this.#table;
    let lowest = lowestBlue;
    let steps = 0;
    for (let block = selectedParent; block !== NONE && !this.#pasts.isAncestor(block, candidate); steps++) {
      if (steps === this.#k) return undefined;
      lowest = Math.min(lowest, lowestBlues[block]!);
      block = selectedParents[block]!;
    }
    return lowest;
  }

  #tryInWindow(candidate: number, lowest: number): boolean {
    const size = this.#blues.readAnticone(candidate, lowest);
    if (size === NO_ROOM) return false;
    this.#blues.addBlue(candidate, lowest, size);
    return true;
  }

  /** @param outside anticone sizes of blues below the window */
  #tryWalked(
    candidate: number,
    blues: readonly number[],
    selectedParent: number,
    outside: Map<number, number>,
  ): boolean {
    const anticone = this.#chain.anticone(candidate, blues, selectedParent, this.#k);
    if (anticone.length > this.#k) return false;
    const sizeOf = (blue: number): number => {
      if (this.#blues.isInWindow(blue)) return this.#blues.sizeOf(blue);
      const known = outside.get(blue) ?? this.#chain.anticoneSize(blue, blues, selectedParent);
      outside.set(blue, known);
      return known;
    };
    if (anticone.some((blue) => sizeOf(blue) >= this.#k)) return false;
    for (const blue of anticone) if (!this.#blues.isInWindow(blue)) outside.set(blue, sizeOf(blue) + 1);
    this.#blues.addWalked(candidate, anticone);
    return true;
  }
}
