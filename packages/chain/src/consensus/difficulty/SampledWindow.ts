import type { WindowTable } from "./WindowBlocks.ts";

/** Ascending by (blueWork, hash). Immutable, because blocks share windows. */
export interface SampledWindow {
  readonly blocks: readonly number[];
  readonly targetSum: bigint;
}

export const EMPTY_WINDOW: SampledWindow = { blocks: [], targetSum: 0n };

interface WindowRules {
  readonly sizeMax: number;
  readonly floor: number;
  targetOf(block: number): bigint;
}

/** @returns the same object if nothing changes [DIFF-3] */
export function withSamples(
  table: WindowTable,
  window: SampledWindow,
  samples: readonly number[],
  { sizeMax, floor, targetOf }: WindowRules,
): SampledWindow {
  const isFloorReached = window.blocks.length > 0 && table.compare(window.blocks[0]!, floor) < 0;
  if (samples.length === 0 && !isFloorReached) return window;
  const blocks = window.blocks.slice();
  for (const sample of samples) {
    const at = blocks.findLastIndex((other) => table.compare(other, sample) < 0) + 1;
    blocks.splice(at, 0, sample);
  }
  const firstAbove = blocks.findIndex((block) => table.compare(block, floor) >= 0);
  const belowFloor = firstAbove === -1 ? blocks.length : firstAbove;
  const dropped = blocks.splice(0, Math.max(belowFloor, blocks.length - sizeMax));
  let { targetSum } = window;
  for (const sample of samples) targetSum += targetOf(sample);
  for (const block of dropped) targetSum -= targetOf(block);
  return { blocks, targetSum };
}
