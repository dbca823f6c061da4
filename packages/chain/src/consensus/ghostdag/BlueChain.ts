import type { BlockTable } from "../table/BlockTable.ts";
import { NONE } from "../table/none.ts";
import { isBlue, mergedNumber } from "./GhostdagRow.ts";
import type { PastWindows } from "./PastWindows.ts";

/** Implements the rule literally, without bit windows. [DAG-4] */
export class BlueChain {
  readonly #table: BlockTable;
  readonly #pasts: PastWindows;

  constructor(table: BlockTable, pasts: PastWindows) {
    this.#table = table;
    this.#pasts = pasts;
  }

  bluesOf(block: number): number[] {
    const selectedParent = this.#table.selectedParents[block]!;
    const blues = selectedParent === NONE ? [] : [selectedParent];
    for (const merged of this.#table.mergesets.toArray(block)) {
      if (isBlue(merged)) blues.push(mergedNumber(merged));
    }
    return blues;
  }

  /**
   * Blues in the anticone of `candidate`, among `newest` and the chain's blues from `top` down. Stops above
   * `countMax`. No blue may descend from `candidate`.
   */
  anticone(candidate: number, newest: readonly number[], top: number, countMax: number): number[] {
    const found: number[] = [];
    const collect = (blues: readonly number[]): boolean => {
      for (const blue of blues) {
        if (this.#pasts.isAncestor(blue, candidate)) continue;
        found.push(blue);
        if (found.length > countMax) return false;
      }
      return true;
    };
    let goesOn = collect(newest);
    for (let block = top; goesOn && this.#isBesideOrAbove(block, candidate); ) {
      goesOn = collect(this.bluesOf(block));
      block = this.#table.selectedParents[block]!;
    }
    return found;
  }

  anticoneSize(blue: number, newest: readonly number[], top: number): number {
    const isBeside = (other: number): boolean =>
      !this.#pasts.isAncestor(other, blue) && !this.#pasts.isAncestor(blue, other);
    let size = newest.filter(isBeside).length;
    for (let block = top; this.#isBesideOrAbove(block, blue); block = this.#table.selectedParents[block]!) {
      size += this.bluesOf(block).filter(isBeside).length;
    }
    return size;
  }

  #isBesideOrAbove(chainBlock: number, block: number): boolean {
    return chainBlock !== NONE && !this.#pasts.isAncestor(chainBlock, block);
  }
}
