import type { BlockTable } from "../table/BlockTable.ts";
import { NONE } from "../table/none.ts";
import { rangeMask, upTo } from "./bitRanges.ts";
import type { PastWindows } from "./PastWindows.ts";

/** Ascending by (blueWork, hash), a topological order. [DAG-3] */
export function collectMergeset(
  table: BlockTable,
  pasts: PastWindows,
  block: number,
  parents: readonly number[],
  selectedParent: number,
): number[] {
  const mergeset = fromWindows(table, pasts, block, parents, selectedParent);
  return sortedByWork(table, mergeset ?? fromSearch(table, pasts, parents, selectedParent));
}

/** Undefined if the mergeset may reach below the window. */
function fromWindows(
  table: BlockTable,
  pasts: PastWindows,
  block: number,
  parents: readonly number[],
  selectedParent: number,
): number[] | undefined {
  const low = Math.max(0, block - pasts.size + 1);
  for (const parent of parents) if (parent < low) return undefined;
  const known = pasts.window(selectedParent);
  const { data, draft } = pasts;
  const ring = (pasts.size >>> 5) - 1;
  const selectedWord = selectedParent >>> 5;
  const mergeset: number[] = [];
  for (let word = low >>> 5; word <= (block - 1) >>> 5; word++) {
    let bits = data[draft + (word & ring)]! & rangeMask(word, low, block - 1);
    if (word < selectedWord) bits &= ~data[known + (word & ring)]!;
    else if (word === selectedWord) bits &= ~(data[known + (word & ring)]! & upTo(selectedParent));
    while (bits !== 0) {
      const merged = (word << 5) + 31 - Math.clz32(bits & -bits);
      bits &= bits - 1;
      if (merged === selectedParent) continue;
      if (table.lowestParents[merged]! < low) return undefined;
      mergeset.push(merged);
    }
  }
  return mergeset;
}

/** Without a stored selected parent (NONE): all stored ancestors. Ascending by (blueWork, hash). */
export function searchMergeset(
  table: BlockTable,
  pasts: PastWindows,
  parents: readonly number[],
  selectedParent: number,
): number[] {
  return sortedByWork(table, fromSearch(table, pasts, parents, selectedParent));
}

function fromSearch(
  table: BlockTable,
  pasts: PastWindows,
  parents: readonly number[],
  selectedParent: number,
): number[] {
  const seen = new Set<number>();
  const visit = (block: number): void => {
    if (block < 0 || seen.has(block)) return;
    if (selectedParent === NONE || !pasts.isAncestor(block, selectedParent)) seen.add(block);
  };
  for (const parent of parents) visit(parent);
  for (const merged of seen) for (const parent of table.parents.toArray(merged)) visit(parent);
  return [...seen].sort((a, b) => a - b);
}

/** Insertion sort is fast, because numbers mostly rise with blue work. */
function sortedByWork(table: BlockTable, mergeset: number[]): number[] {
  for (let index = 1; index < mergeset.length; index++) {
    const block = mergeset[index]!;
    let at = index;
    while (at > 0 && table.compare(mergeset[at - 1]!, block) > 0) {
      mergeset[at] = mergeset[at - 1]!;
      at--;
    }
    mergeset[at] = block;
  }
  return mergeset;
}
