import type { DifficultyParameters } from "./WindowBlocks.ts";

/**
 * How far a full window reaches back, in blue score: that of the slowest stream, W × rate blocks of that stream. With
 * one stream just W × rate. [DIFF-1]
 */
export function windowDepth({ streams, difficultyWindow }: DifficultyParameters): number {
  const { size, sampleRate } = difficultyWindow;
  const slowestMs = Math.max(...streams.map(({ targetIntervalMs }) => targetIntervalMs));
  const blocksPerSlowest = streams.reduce(
    (sum, { targetIntervalMs }) => sum + slowestMs / targetIntervalMs,
    0,
  );
  return Math.round(size * sampleRate * blocksPerSlowest);
}

/** Windows hold nothing deeper than this many window depths, so that a silent stream's blocks can be pruned. [DIFF-3] */
export const REACH_IN_WINDOWS = 2;
