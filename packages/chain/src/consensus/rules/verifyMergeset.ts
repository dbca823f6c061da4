import type { Hash } from "@trellis/protocol";
import { dagErrors } from "../errors.ts";
import { type GhostdagRow, isBlue, mergedNumber } from "../ghostdag/GhostdagRow.ts";
import { NONE } from "../table/none.ts";

/** What the rules ask of the DAG. */
export interface Ancestry {
  isAncestor(ancestor: number, block: number): boolean;
  isChainAncestor(ancestor: number, block: number): boolean;
  hash(block: number): Hash;
}

/** [DAG-6] @throws PARENT_IS_ANCESTOR */
export function verifyParents(ancestry: Ancestry, parents: readonly number[]): void {
  for (const [index, parent] of parents.entries()) {
    const descendant = parents.find(
      (other, otherIndex) => otherIndex !== index && ancestry.isAncestor(parent, other),
    );
    if (descendant === undefined) continue;
    throw dagErrors.PARENT_IS_ANCESTOR({ parent: ancestry.hash(parent), of: ancestry.hash(descendant) });
  }
}

/** [DAG-6] @throws MERGESET_TOO_LARGE */
export function verifyMergesetSize({ mergeset }: GhostdagRow, mergesetMax: number): void {
  const size = mergeset.length + 1;
  if (size > mergesetMax) throw dagErrors.MERGESET_TOO_LARGE({ size, sizeMax: mergesetMax });
}

/** [DAG-10] @throws MERGE_DEPTH_VIOLATED */
export function verifyMergeDepth(ancestry: Ancestry, row: GhostdagRow, mergeDepthRoot: number): void {
  const [red] = redsTooDeep(ancestry, row, mergeDepthRoot);
  if (red === undefined) return;
  throw dagErrors.MERGE_DEPTH_VIOLATED({ red: ancestry.hash(red), root: ancestry.hash(mergeDepthRoot) });
}

/** Reds that have not the merge depth root in their past and no kosherising blue in their future. [DAG-10] */
export function redsTooDeep(ancestry: Ancestry, row: GhostdagRow, mergeDepthRoot: number): number[] {
  if (mergeDepthRoot === NONE) return [];
  const { mergeset, selectedParent } = row;
  const deep = mergeset
    .filter((merged) => !isBlue(merged) && !ancestry.isAncestor(mergeDepthRoot, mergedNumber(merged)))
    .map(mergedNumber);
  if (deep.length === 0) return deep;
  const kosherising = [selectedParent, ...mergeset.filter(isBlue).map(mergedNumber)].filter((blue) =>
    ancestry.isChainAncestor(mergeDepthRoot, blue),
  );
  return deep.filter((red) => !kosherising.some((blue) => ancestry.isAncestor(red, blue)));
}
