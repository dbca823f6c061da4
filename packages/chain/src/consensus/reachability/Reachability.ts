import { IntLists } from "../table/IntLists.ts";
import { LAST, OrderedMarks } from "./OrderedMarks.ts";

export const ORIGIN = -1;

/** Queries take O(log n). [DAG-7] [DAG-8] */
export class Reachability {
  #marks = new OrderedMarks();
  /** By block: the blocks that merged it, ascending by interval. */
  #covering = new IntLists();

  /**
   * @param treeParent selected parent, or ORIGIN
   * @param mergeset without the selected parent
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

  isChainAncestor(ancestor: number, block: number): boolean {
    const labels = this.#marks.labels;
    const at = labels[opening(block)]!;
    return labels[opening(ancestor)]! <= at && at < labels[closing(ancestor)]!;
  }

  isAncestor(ancestor: number, block: number): boolean {
    if (ancestor >= block) return ancestor === block;
    if (this.isChainAncestor(ancestor, block)) return true;
    const index = this.#coveringIndex(ancestor, block) - 1;
    return index >= 0 && this.isChainAncestor(this.#covering.at(ancestor, index), block);
  }

  /** The block's tree children replace it. @param mergeset blocks merged by `block` that still exist */
  delete(block: number, mergeset: ArrayLike<number>): void {
    const children = this.treeChildren(block);
    for (let index = 0; index < mergeset.length; index++) this.#replace(mergeset[index]!, block, children);
    this.#marks.remove(opening(block));
    this.#marks.remove(closing(block));
    this.#covering.clear(block);
  }

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

  chainChild(ancestor: number, block: number): number {
    let mark = this.#marks.next(opening(ancestor));
    while (!this.isChainAncestor(blockOf(mark), block)) mark = this.#marks.next(closing(blockOf(mark)));
    return blockOf(mark);
  }

  renumbered(numbers: Int32Array, count: number): Reachability {
    const renumbered = new Reachability();
    renumbered.#marks = this.#marks.renumbered((mark) =>
      mark <= LAST ? mark : 2 * numbers[blockOf(mark)]! + (mark & 1) + 2,
    );
    renumbered.#covering = this.#covering.renumbered(numbers, count);
    return renumbered;
  }

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

function opening(block: number): number {
  return 2 * block + 2;
}

function closing(block: number): number {
  return 2 * block + 3;
}

function blockOf(mark: number): number {
  return (mark >> 1) - 1;
}
