import type { Hash } from "@trellis/protocol";
import type { KnownBlocks } from "../KnownBlocks.ts";

export function namedFinal({ blocks }: Pick<KnownBlocks, "blocks">, block: Hash): Hash {
  const { parents, finalized } = blocks.storedHeader(block);
  return parents.length === 0 ? block : finalized;
}

/** Requires a recent candidate, because pruned nodes lack older blocks. [EXEC-5] */
export function canNameFinal(known: KnownBlocks, selectedParent: Hash, candidate: Hash): boolean {
  const named = namedFinal(known, selectedParent);
  if (candidate === named) return true;
  const { dag } = known.chainDag;
  const isRecent = isRecentOnChain(known, selectedParent, candidate);
  return isRecent && (!dag.has(named) || dag.isChainAncestor(named, candidate));
}

/** Whether `candidate` is on the chain of `selectedParent`, and pruned nodes have it. */
export function isRecentOnChain(
  { chainDag }: Pick<KnownBlocks, "chainDag">,
  selectedParent: Hash,
  candidate: Hash,
): boolean {
  const { dag } = chainDag;
  if (!dag.has(candidate) || !dag.isChainAncestor(candidate, selectedParent)) return false;
  // Pruning keeps both points of every block that can still be imported.
  const point = dag.finalityPoint(selectedParent);
  const oldest = point && dag.finalityPoint(point);
  return oldest === undefined || dag.isChainAncestor(oldest, candidate);
}

/** [EXEC-18] */
export function finalByDepth(known: KnownBlocks, selectedParent: Hash): Hash {
  const { dag } = known.chainDag;
  const named = namedFinal(known, selectedParent);
  const point = known.chainDag.finalPoint(selectedParent);
  return dag.has(named) && dag.isChainAncestor(point, named) ? named : point;
}

export function canNameByDepth(known: KnownBlocks, selectedParent: Hash, candidate: Hash): boolean {
  if (candidate === namedFinal(known, selectedParent)) return true;
  if (!canNameFinal(known, selectedParent, candidate)) return false;
  return known.chainDag.dag.isChainAncestor(candidate, known.chainDag.finalPoint(selectedParent));
}
