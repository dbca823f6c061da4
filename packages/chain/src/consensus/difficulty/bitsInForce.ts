import { compactToTarget, targetToCompact } from "@trellis/protocol";
import { type DifficultyParameters, NO_BLOCK, type WindowPlace, type WindowTable } from "./WindowBlocks.ts";
import { windowDepth } from "./windowDepths.ts";

/** Below this share of its expected blocks, a stream is starved: its window would never fill. */
const STARVED_BELOW = 1 / 4;

/** [DIFF-5] @param daaCounts by stream, in the past of the new block */
export function bitsInForce(
  parameters: DifficultyParameters,
  table: WindowTable,
  place: WindowPlace,
  daaCounts: readonly number[],
): number[] {
  const { streams, difficultyWindow } = parameters;
  const depth = windowDepth(parameters);
  const inherited = streams.map((_, stream) => table.bitsOf(place.selectedParent, stream));
  const epoch = Math.floor(place.blueScore / depth);
  if (epoch === Math.floor(table.blueScores[place.selectedParent]! / depth)) return inherited;

  const start = chainBlockBelow(table, place.selectedParent, (epoch - 1) * depth);
  const slowestMs = Math.max(...streams.map(({ targetIntervalMs }) => targetIntervalMs));
  return inherited.map((bits, stream) => {
    const { targetIntervalMs, genesisBits, difficulty } = streams[stream]!;
    const expected = (difficultyWindow.size * difficultyWindow.sampleRate * slowestMs) / targetIntervalMs;
    const got = daaCounts[stream]! - table.daaCount(start, stream);
    const isStarved = difficulty === "window" && got < expected * STARVED_BELOW;
    return isStarved ? doubled(bits, genesisBits) : bits;
  });
}

function chainBlockBelow(table: WindowTable, from: number, blueScore: number): number {
  let block = from;
  while (table.blueScores[block]! >= blueScore && table.selectedParents[block] !== NO_BLOCK) {
    block = table.selectedParents[block]!;
  }
  return block;
}

/** Bits in force of a starved stream in the next epoch. */
export function doubled(bits: number, easiestBits: number): number {
  const target = compactToTarget(bits);
  const easiest = compactToTarget(easiestBits);
  if (target >= easiest) return bits;
  return target * 2n < easiest ? targetToCompact(target * 2n) : easiestBits;
}
