/** The easiest target. */
export const TARGET_MAX = 2n ** 255n - 1n;

interface WindowTiming {
  /** Sampled blocks, two at least. */
  readonly count: number;
  readonly targetSum: bigint;
  /** Of the block with the smallest timestamp; of equal ones the first by (blueWork, hash). */
  readonly oldestTarget: bigint;
  readonly oldestMs: number;
  readonly newestMs: number;
  /** How far two samples should lie apart. */
  readonly intervalMs: number;
}

/**
 * The target that would have kept the pace over a window: the average of its targets without the oldest block's, times
 * the time it took over the time it should have taken. Integers only, each division rounds down. [DIFF-4]
 */
export function nextTarget(timing: WindowTiming): bigint {
  const { count, targetSum, oldestTarget, oldestMs, newestMs, intervalMs } = timing;
  const intervals = BigInt(count - 1);
  const average = (targetSum - oldestTarget) / intervals;
  const measuredMs = BigInt(Math.max(newestMs - oldestMs, 1));
  const target = (average * measuredMs) / (BigInt(intervalMs) * intervals);
  if (target > TARGET_MAX) return TARGET_MAX;
  return target > 0n ? target : 1n;
}
