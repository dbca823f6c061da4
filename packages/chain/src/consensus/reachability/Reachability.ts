import { IntLists } from "../table/IntLists.ts";
import { LAST, OrderedMarks } from "./OrderedMarks.ts";

/** The tree parent of a block without a selected parent. */
export const ORIGIN = -1;

/**
 * Ancestry of blocks by number, in O(log n). The selected parents form a tree; each block has an interval of labels
 * that lies within its selected parent's, so that a chain ancestor is one interval holding another. For each block a
 * sorted set of the blocks that merged it: an ancestor is a chain ancestor, or has a chain ancestor in that set.
 * Numbers rise from parents to children. [DAG-7] [DAG-8]
 */
export class Reachability {
  #marks = new OrderedMarks();
  /** Blocks that have the list's block in their mergeset, ascending by interval. */
  #covering = new IntLists();

  /**
   * @param treeParent the selected parent, or ORIGIN
   * @param mergeset blocks that are in its past and not in the past of its selected parent, without that one
   */
  insert(block: number, treeParent: number, mergeset: ArrayLike<number>): void {
    this.#marks.insertPairBefore(
      treeParent === ORIGIN ? LAST : closing(treeParent),
      opening(block),
      closing(block),
    );
    this.#covering.grow(block + 1);
    this.#covering.clear(block);
    for (let index = 0; index < mergeset.length; index++) this.#cover(mergeset[index]!, block);
  }

  /** Whether `ancestor` is `block` or on its selected-parent chain. */
  isChainAncestor(ancestor: number, block: number): boolean {
    const labels = this.#marks.labels;
    const at = labels[opening(block)]!;
    return labels[opening(ancestor)]! <= at && at < labels[closing(ancestor)]!;
  }

  /** Whether `ancestor` is `block` or in its past. */
  isAncestor(ancestor: number, block: number): boolean {
    if (ancestor >= block) return ancestor === block;
    if (this.isChainAncestor(ancestor, block)) return true;
    const index = this.#coveringIndex(ancestor, block) - 1;
    return index >= 0 && this.isChainAncestor(this.#covering.at(ancestor, index), block);
  }

  /**
   * Takes a block out; what is known of the others stays true. Its tree children take its place, under its tree parent
   * and in every set.
   * @param mergeset those of the mergeset it was inserted with that are still here
   */
  delete(block: number, mergeset: ArrayLike<number>): void {
    const children = this.treeChildren(block);
    for (let index = 0; index < mergeset.length; index++) this.#replace(mergeset[index]!, block, children);
    this.#marks.remove(opening(block));
    this.#marks.remove(closing(block));
    this.#covering.clear(block);
  }

  /** Blocks whose tree parent this is, in the order of their intervals. */
  treeChildren(block: number): number[] {
    const children: number[] = [];
    const end = closing(block);
    let mark = this.#marks.next(opening(block));
    while (mark !== end) {
      const child = blockOf(mark);
      children.push(child);
      mark = this.#marks.next(closing(child));
    }
    return children;
  }

  /** The tree child of `ancestor` that is a chain ancestor of `block`, which is on top of it. */
  chainChild(ancestor: number, block: number): number {
    let mark = this.#marks.next(opening(ancestor));
    while (!this.isChainAncestor(blockOf(mark), block)) mark = this.#marks.next(closing(blockOf(mark)));
    return blockOf(mark);
  }

  /** The same blocks under new numbers, which keep their order: by old number, below 0 for what was deleted. */
  renumbered(numbers: Int32Array, count: number): Reachability {
    const renumbered = new Reachability();
    renumbered.#marks = this.#marks.renumbered((mark) =>
      mark <= LAST ? mark : 2 * numbers[blockOf(mark)]! + (mark & 1) + 2,
    );
    renumbered.#covering = this.#covering.renumbered(numbers, count);
    return renumbered;
  }

  /** Labels that were moved to make room for others. */
  get movedCount(): number {
    return this.#marks.movedCount;
  }

  get bytes(): number {
    return this.#marks.bytes + this.#covering.bytes;
  }

  #cover(merged: number, by: number): void {
    this.#covering.insert(merged, this.#coveringIndex(merged, by), by);
  }

  #replace(merged: number, block: number, children: readonly number[]): void {
    const index = this.#coveringIndex(merged, block) - 1;
    this.#covering.removeAt(merged, index);
    for (const [offset, child] of children.entries()) this.#covering.insert(merged, index + offset, child);
  }

  /** How many blocks of the set begin at or before a block. */
  #coveringIndex(merged: number, block: number): number {
    const labels = this.#marks.labels;
    const data = this.#covering.data;
    const start = this.#covering.start(merged);
    const at = labels[opening(block)]!;
    let low = 0;
    let high = this.#covering.length(merged);
    while (low < high) {
      const middle = (low + high) >> 1;
      if (labels[opening(data[start + middle]!)]! <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

// Marks 0 and 1 enclose all others.
function opening(block: number): number {
  return 2 * block + 2;
}

function closing(block: number): number {
  return 2 * block + 3;
}

function blockOf(mark: number): number {
  return (mark >> 1) - 1;
}
