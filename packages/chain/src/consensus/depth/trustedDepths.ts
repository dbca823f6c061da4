import type { NetworkParameters } from "@trellis/protocol";
import type { Reachability } from "../reachability/Reachability.ts";
import type { BlockTable } from "../table/BlockTable.ts";
import { NONE } from "../table/none.ts";
import { depthBlock } from "./depthBlock.ts";
import { pruningPlace } from "./pruningPoint.ts";

/** As in a DAG pruned at `root`: NONE instead of blocks below it. [SYNC-32] @param root NONE if not inserted */
export function writeTrustedDepths(
  table: BlockTable,
  reachability: Reachability,
  limits: Pick<NetworkParameters, "mergeDepth" | "finalityDepth" | "pruningDepth">,
  root: number,
  block: number,
): void {
  const { mergeDepthRoots, finalityPoints, pruningSamples, pruningPoints } = table;
  for (const column of [mergeDepthRoots, finalityPoints, pruningSamples, pruningPoints]) column[block] = NONE;
  const selectedParent = table.selectedParents[block]!;
  const isAbove =
    root !== NONE && selectedParent !== NONE && reachability.isChainAncestor(root, selectedParent);
  if (!isAbove) return;
  const blueScore = table.blueScores[block]!;
  const atDepth = (column: Int32Array, depth: number): number => {
    const from = column[selectedParent] === NONE ? root : column[selectedParent]!;
    const found = depthBlock(table, reachability, selectedParent, from, blueScore - depth);
    return table.blueScores[found]! < blueScore - depth ? found : NONE;
  };
  mergeDepthRoots[block] = atDepth(mergeDepthRoots, limits.mergeDepth);
  finalityPoints[block] = atDepth(finalityPoints, limits.finalityDepth);
  // Whether the root is a sample depends on its selected parent.
  if (selectedParent === root) return;
  pruningSamples[block] = pruningPlace(table, limits, selectedParent, blueScore).sample;
}
