import type { DifficultyParameters } from "./WindowBlocks.ts";

/** In blue score. [DIFF-1] */
export function windowDepth({ streams, difficultyWindow }: DifficultyParameters): number {
  const { size, sampleRate } = difficultyWindow;
  const slowestMs = Math.max(...streams.map(({ targetIntervalMs }) => targetIntervalMs));
  const blocksPerSlowest = streams.reduce(
    (sum, { targetIntervalMs }) => sum + slowestMs / targetIntervalMs,
    0,
  );
  return Math.round(size * sampleRate * blocksPerSlowest);
}

/** Limits the reach, so that blocks of a silent stream can be pruned. [DIFF-3] */
export const REACH_IN_WINDOWS = 2;
