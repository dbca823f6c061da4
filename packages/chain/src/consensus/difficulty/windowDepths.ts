import type { DifficultyParameters } from "./WindowBlocks.ts";

/** Reach of a full window in blue score: size × rate blocks of the slowest stream. [DIFF-1] */
export function windowDepth({ streams, difficultyWindow }: DifficultyParameters): number {
  const { size, sampleRate } = difficultyWindow;
  const slowestMs = Math.max(...streams.map(({ targetIntervalMs }) => targetIntervalMs));
  const blocksPerSlowest = streams.reduce(
    (sum, { targetIntervalMs }) => sum + slowestMs / targetIntervalMs,
    0,
  );
  return Math.round(size * sampleRate * blocksPerSlowest);
}

/** Bounds how far windows reach, so that blocks of a silent stream can be pruned. [DIFF-3] */
export const REACH_IN_WINDOWS = 2;
