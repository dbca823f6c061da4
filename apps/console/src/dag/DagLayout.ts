import type { Hex } from "viem";
import type { DagBlock } from "../live/DagBlock.ts";

interface Place {
  readonly column: number;
  readonly row: number;
}

interface LayoutChange {
  readonly changed: ReadonlySet<Hex>;
  readonly removed: readonly Hex[];
}

/**
 * One column per blue score. Row 0 contains the chain block, or a candidate for it. Other blocks alternate
 * above and below: candidates first, then by hash.
 */
export class DagLayout {
  readonly #blocks = new Map<Hex, DagBlock>();
  readonly #byScore = new Map<number, DagBlock[]>();
  readonly #places = new Map<Hex, Place>();
  #scores: number[] = [];
  #first = 0;
  #rowMax = 0;

  get places(): ReadonlyMap<Hex, Place> {
    return this.#places;
  }

  get scores(): readonly number[] {
    return this.#scores;
  }

  get rowMax(): number {
    return this.#rowMax;
  }

  get lastColumn(): number {
    return this.#first + this.#scores.length - 1;
  }

  /** Compares blocks by object identity: a changed block must be a new object. */
  update(blocks: ReadonlyMap<Hex, DagBlock>): LayoutChange {
    const changed = new Set<Hex>();
    const dirty = new Set<number>();
    const removed = this.#drop(blocks, dirty);
    for (const block of blocks.values()) this.#take(block, changed, dirty);
    for (const score of this.#fitColumns(dirty)) dirty.add(score);
    for (const score of dirty) this.#place(score, changed);
    return { changed, removed };
  }

  #drop(blocks: ReadonlyMap<Hex, DagBlock>, dirty: Set<number>): Hex[] {
    const removed = [...this.#blocks.keys()].filter((hash) => !blocks.has(hash));
    for (const hash of removed) {
      const { blueScore } = this.#blocks.get(hash)!;
      const left = this.#byScore.get(blueScore)!.filter((block) => block.hash !== hash);
      if (left.length === 0) this.#byScore.delete(blueScore);
      else this.#byScore.set(blueScore, left);
      this.#blocks.delete(hash);
      this.#places.delete(hash);
      dirty.add(blueScore);
    }
    return removed;
  }

  #take(block: DagBlock, changed: Set<Hex>, dirty: Set<number>): void {
    const { hash, blueScore } = block;
    const known = this.#blocks.get(hash);
    if (known === block) return;
    this.#blocks.set(hash, block);
    const column = this.#byScore.get(blueScore) ?? [];
    if (known === undefined) column.push(block);
    else column[column.indexOf(known)] = block;
    this.#byScore.set(blueScore, column);
    const isAsBefore = known?.color === block.color && known?.isChainBlock === block.isChainBlock;
    if (known !== undefined && isAsBefore) return;
    changed.add(hash);
    dirty.add(blueScore);
  }

  #fitColumns(dirty: ReadonlySet<number>): readonly number[] {
    const before = this.#scores;
    const isKnown = new Set(before);
    const added = [...dirty].filter((score) => this.#byScore.has(score) && !isKnown.has(score));
    const isGone = (score: number): boolean => !this.#byScore.has(score);
    if (added.length === 0 && !before.some(isGone)) return [];
    const leftmost = before.findIndex((score) => !isGone(score));
    const goneAtLeft = leftmost < 0 ? before.length : leftmost;
    const first = before[goneAtLeft] ?? Number.NEGATIVE_INFINITY;
    const shift = goneAtLeft - added.filter((score) => score < first).length;
    this.#first += shift;
    this.#scores = [...before.filter((score) => !isGone(score)), ...added].sort((a, b) => a - b);
    const columns = new Map(before.map((score, index) => [score, index - shift]));
    return this.#scores.filter((score, index) => columns.get(score) !== index);
  }

  #place(score: number, changed: Set<Hex>): void {
    const blocks = this.#byScore.get(score);
    if (blocks === undefined) return;
    const column = this.#first + indexOf(this.#scores, score);
    blocks.sort(byRankThenHash);
    // Without a chain block, row 0 stays free for an edge of the selected chain.
    const from = rankOf(blocks[0]!) < PASSED_BY ? 0 : 1;
    for (const [index, { hash }] of blocks.entries()) {
      const row = rowOf(index + from);
      const known = this.#places.get(hash);
      if (known?.column === column && known.row === row) continue;
      this.#places.set(hash, { column, row });
      this.#rowMax = Math.max(this.#rowMax, Math.abs(row));
      changed.add(hash);
    }
  }
}

function indexOf(scores: readonly number[], score: number): number {
  let [low, high] = [0, scores.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (scores[middle]! < score) low = middle + 1;
    else high = middle;
  }
  return low;
}

function rowOf(index: number): number {
  const distance = Math.ceil(index / 2);
  return index % 2 === 1 ? distance : -distance || 0;
}

const PASSED_BY = 2;

function rankOf({ isChainBlock, color }: DagBlock): number {
  if (isChainBlock) return 0;
  return color === undefined ? 1 : PASSED_BY;
}

function byRankThenHash(a: DagBlock, b: DagBlock): number {
  return rankOf(a) - rankOf(b) || (a.hash < b.hash ? -1 : 1);
}
