import type { Hash } from "@trellis/protocol";
import type { Stages } from "../Stages.ts";

type NamingStages = Pick<Stages, "blocks" | "chainDag">;

/** What a chain block names as final; genesis itself. */
export function namedFinal({ blocks }: Pick<Stages, "blocks">, block: Hash): Hash {
  const { number, finalized } = blocks.storedHeader(block);
  return number === 0 ? block : finalized;
}

/**
 * Whether a block on `selectedParent` can name another as final: what its selected parent names; or a block on its
 * chain that is not older than that, nor than twice the finality depth, which a pruned node may not have any more.
 * [EXEC-5]
 */
export function canNameFinal(stages: NamingStages, selectedParent: Hash, candidate: Hash): boolean {
  const named = namedFinal(stages, selectedParent);
  if (candidate === named) return true;
  const { chainDag } = stages;
  const { dag } = chainDag;
  if (!dag.has(candidate) || !dag.isChainAncestor(candidate, selectedParent)) return false;
  const oldest = chainDag.finalPoint(chainDag.finalPoint(selectedParent));
  // What was pruned is older than what was not.
  return dag.isChainAncestor(oldest, candidate) && (!dag.has(named) || dag.isChainAncestor(named, candidate));
}

/** What depth makes final under `selectedParent`, unless more was named. [EXEC-18] */
export function finalByDepth(stages: NamingStages, selectedParent: Hash): Hash {
  const { dag } = stages.chainDag;
  const named = namedFinal(stages, selectedParent);
  const point = stages.chainDag.finalPoint(selectedParent);
  return dag.has(named) && dag.isChainAncestor(point, named) ? named : point;
}
