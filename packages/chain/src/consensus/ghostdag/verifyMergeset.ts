import type { Hash } from "@trellis/protocol";
import { ruleErrors } from "../errors.ts";
import { NONE } from "../table/none.ts";
import { type GhostdagRow, isBlue, mergedNumber } from "./GhostdagRow.ts";

interface Ancestry {
  isAncestor(ancestor: number, block: number): boolean;
  isChainAncestor(ancestor: number, block: number): boolean;
  hash(block: number): Hash;
}

/** [DAG-6] */
export function verifyParents(ancestry: Ancestry, parents: readonly number[]): void {
  for (const [index, parent] of parents.entries()) {
    const descendant = parents.find(
      (other, otherIndex) => otherIndex !== index && ancestry.isAncestor(parent, other),
    );
    if (descendant === undefined) continue;
    throw ruleErrors.BLOCK_INVALID({
      reason: "a parent is an ancestor of another",
      parent: ancestry.hash(parent),
      of: ancestry.hash(descendant),
    });
  }
}

export function verifyMergesetSize({ mergeset }: GhostdagRow, mergesetMax: number): void {
  const size = mergeset.length + 1;
  if (size > mergesetMax)
    throw ruleErrors.BLOCK_INVALID({ reason: "mergeset too large", size, sizeMax: mergesetMax });
}

/** [DAG-10] */
export function verifyMergeDepth(ancestry: Ancestry, row: GhostdagRow, mergeDepthRoot: number): void {
  const [red] = redsTooDeep(ancestry, row, mergeDepthRoot);
  if (red === undefined) return;
  throw ruleErrors.BLOCK_INVALID({
    reason: "red block below the merge depth",
    red: ancestry.hash(red),
    root: ancestry.hash(mergeDepthRoot),
  });
}

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
