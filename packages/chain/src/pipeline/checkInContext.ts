import type { Hash, Header } from "@trellis/protocol";
import { verifyTimestamp, windowDepth } from "../difficulty/index.ts";
import { intakeErrors } from "../intake/errors.ts";
import { verifyHeaderInContext } from "../intake/headerInContext.ts";
import type { DagPlace } from "./ChainDag.ts";
import { impliedFields } from "./impliedFields.ts";
import type { Stages } from "./Stages.ts";
import { canNameFinal, namedFinal } from "./votes/finalNames.ts";

type ContextStages = Pick<Stages, "blocks" | "chainDag" | "options" | "states">;

/** What the block's past can tell of its header, and where the block will stand. [EXEC-3] [EXEC-4] [EXEC-5] */
export function checkInContext(stages: ContextStages, header: Header): DagPlace {
  const { chainDag } = stages;
  const { dag } = chainDag;
  for (const parent of header.parents) if (!dag.has(parent)) throw intakeErrors.PARENT_UNKNOWN({ parent });
  checkAbovePruned(stages, header);
  const place = chainDag.place(header);
  dag.verify(place.placement);
  if (place.selectedParent !== header.parents[0]) {
    throw intakeErrors.SELECTED_PARENT_NOT_FIRST({
      got: header.parents[0],
      expected: place.selectedParent,
    });
  }
  verifyTimestamp(header.timestampMs, place.medianTimeMs);
  verifyHeaderInContext(header, impliedFields(stages, place));
  checkFinalized(stages, header.finalized, place.selectedParent);
  return place;
}

/**
 * On top of the pruning point a node that has pruned cannot tell what is right: difficulty, time and what is final look
 * back from there. An archive could, but nothing that comes so late can be merged, and at the difficulty of old blocks
 * it would cost next to nothing to fill it with them. [STORE-PRUNE-3]
 */
function checkAbovePruned({ chainDag, options, states }: ContextStages, { parents }: Header): void {
  const { dag } = chainDag;
  const point = dag.pruningPoint(states.baseHash) ?? chainDag.oldest;
  const pointScore = dag.blueScore(point);
  // Genesis: nothing is so deep yet.
  if (pointScore === 0) return;
  const { finalityDepth, mergesetMax } = options.parameters;
  const blueScoreMin =
    pointScore + 2 * (Math.max(windowDepth(options.parameters), finalityDepth) + mergesetMax);
  const selectedParent = parents.reduce((a, b) => (dag.compare(a, b) < 0 ? b : a));
  const blueScore = dag.blueScore(selectedParent);
  if (blueScore >= blueScoreMin && dag.isChainAncestor(point, selectedParent)) return;
  throw intakeErrors.PAST_PRUNED({ selectedParent, blueScore, blueScoreMin });
}

/** @throws FINALIZED_NOT_ON_CHAIN */
function checkFinalized(stages: ContextStages, finalized: Hash, selectedParent: Hash): void {
  if (canNameFinal(stages, selectedParent, finalized)) return;
  const named = namedFinal(stages, selectedParent);
  throw intakeErrors.FINALIZED_NOT_ON_CHAIN({ finalized, selectedParent, named });
}
