import type { Reachability } from "../reachability/Reachability.ts";
import type { BlockTable } from "../table/BlockTable.ts";
import { NONE } from "../table/none.ts";

/**
 * Highest chain block with a blue score below `scoreBelow`, or the oldest. [DAG-9]
 * @param ofSelectedParent result for the selected parent; NONE if pruned
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
