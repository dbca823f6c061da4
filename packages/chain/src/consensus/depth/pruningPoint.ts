import type { BlockTable } from "../table/BlockTable.ts";
import { NONE } from "../table/none.ts";

interface PruningDepths {
  /** Distance between pruning samples in blue score. */
  readonly finalityDepth: number;
  readonly pruningDepth: number;
}

interface PruningPlace {
  readonly sample: number;
  readonly point: number;
}

/** [DAG-11] */
export function pruningPlace(
  table: BlockTable,
  { finalityDepth, pruningDepth }: PruningDepths,
  selectedParent: number,
  blueScore: number,
): PruningPlace {
  const { blueScores, selectedParents, pruningSamples, pruningPoints } = table;
  const intervalOf = (score: number): number => Math.floor(score / finalityDepth);
  const below = selectedParents[selectedParent]!;
  const isSelectedParentSample =
    below === NONE || intervalOf(blueScores[selectedParent]!) > intervalOf(blueScores[below]!);
  const sample = isSelectedParentSample ? selectedParent : pruningSamples[selectedParent]!;
  const ofSelectedParent = pruningPoints[selectedParent]!;
  const isSample = intervalOf(blueScore) > intervalOf(blueScores[selectedParent]!);
  const stepsMax = isSample ? Math.ceil(pruningDepth / finalityDepth) : Number.POSITIVE_INFINITY;

  let point = sample;
  for (let steps = 1; point !== NONE && selectedParents[point] !== NONE; steps++) {
    if (blueScores[point]! + pruningDepth <= blueScore) break;
    if (steps === stepsMax || point === ofSelectedParent) break;
    point = pruningSamples[point]!;
  }
  return { sample, point };
}
