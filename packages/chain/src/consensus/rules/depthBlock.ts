import type { Reachability } from "../reachability/Reachability.ts";
import type { BlockTable } from "../table/BlockTable.ts";
import { NONE } from "../table/none.ts";

/**
 * The block at a depth: the highest on the chain whose blue score is below `blueScore - depth`, found upwards from that
 * of the selected parent. The oldest block on the chain if none is deep enough. [DAG-9]
 * @param ofSelectedParent the selected parent's own block at that depth, NONE if it was pruned
 */
export function depthBlock(
  table: BlockTable,
  reachability: Reachability,
  selectedParent: number,
  ofSelectedParent: number,
  scoreBelow: number,
): number {
  let block = ofSelectedParent === NONE ? oldestOnChain(table, selectedParent) : ofSelectedParent;
  while (block !== selectedParent) {
    const above = reachability.chainChild(block, selectedParent);
    if (table.blueScores[above]! >= scoreBelow) break;
    block = above;
  }
  return block;
}

function oldestOnChain(table: BlockTable, block: number): number {
  let oldest = block;
  while (table.selectedParents[oldest] !== NONE) oldest = table.selectedParents[oldest]!;
  return oldest;
}
