import type { Hash } from "@trellis/protocol";
import type { KnownBlocks } from "../KnownBlocks.ts";

/** What a chain block names as final; genesis itself. */
export function namedFinal({ blocks }: Pick<KnownBlocks, "blocks">, block: Hash): Hash {
  const { number, finalized } = blocks.storedHeader(block);
  return number === 0 ? block : finalized;
}

/**
 * Whether a block on `selectedParent` can name another as final: what its selected parent names; or a block on its
 * chain that is not older than that, nor than twice the finality depth, which a pruned node may not have any more.
 * [EXEC-5]
 */
export function canNameFinal(known: KnownBlocks, selectedParent: Hash, candidate: Hash): boolean {
  const named = namedFinal(known, selectedParent);
  if (candidate === named) return true;
  const { dag } = known.chainDag;
  if (!dag.has(candidate) || !dag.isChainAncestor(candidate, selectedParent)) return false;
  // Both are there for every block that can still come; what was pruned is older than what was not.
  const point = dag.finalityPoint(selectedParent);
  const oldest = point && dag.finalityPoint(point);
  const isRecent = oldest === undefined || dag.isChainAncestor(oldest, candidate);
  return isRecent && (!dag.has(named) || dag.isChainAncestor(named, candidate));
}

/** What depth makes final under `selectedParent`, unless more was named. [EXEC-18] */
export function finalByDepth(known: KnownBlocks, selectedParent: Hash): Hash {
  const { dag } = known.chainDag;
  const named = namedFinal(known, selectedParent);
  const point = known.chainDag.finalPoint(selectedParent);
  return dag.has(named) && dag.isChainAncestor(point, named) ? named : point;
}

/** Whether depth alone lets a block on `selectedParent` name another as final. [EXEC-5] */
export function canNameByDepth(known: KnownBlocks, selectedParent: Hash, candidate: Hash): boolean {
  if (candidate === namedFinal(known, selectedParent)) return true;
  if (!canNameFinal(known, selectedParent, candidate)) return false;
  return known.chainDag.dag.isChainAncestor(candidate, known.chainDag.finalPoint(selectedParent));
}
