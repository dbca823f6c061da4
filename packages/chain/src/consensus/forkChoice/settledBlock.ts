import type { BlockTable } from "../table/BlockTable.ts";
import { NONE } from "../table/none.ts";

interface Settling {
  readonly table: Pick<BlockTable, "blueScores" | "blueWorks" | "selectedParents">;
  isChainAncestor(ancestor: number, block: number): boolean;
  /** Heaviest first. */
  readonly tips: readonly number[];
}

/**
 * Highest block below the sink, on its chain, that all tips without less work have on their chains; at the latest,
 * that at the depth. Nodes with these tips select it, even if one more block makes a rival heavier. [SHARD-27.1]
 */
export function settledBlock(
  { table, isChainAncestor, tips }: Settling,
  sink: number,
  depth: number,
): number {
  const { blueScores, blueWorks, selectedParents } = table;
  const deepest = blueScores[sink]! - depth;
  const isSettled = (block: number): boolean => {
    for (const tip of tips) {
      if (blueWorks[tip]! < blueWorks[block]!) return true;
      if (!isChainAncestor(block, tip)) return false;
    }
    return true;
  };
  let block = selectedParents[sink]!;
  if (block === NONE) return sink;
  while (blueScores[block]! > deepest && selectedParents[block] !== NONE && !isSettled(block))
    block = selectedParents[block]!;
  return block;
}
