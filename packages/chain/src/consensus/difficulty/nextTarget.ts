export const TARGET_MAX = 2n ** 255n - 1n;

interface WindowTiming {
  /** At least 2. */
  readonly count: number;
  readonly targetSum: bigint;
  readonly oldestTarget: bigint;
  readonly oldestMs: number;
  readonly newestMs: number;
  readonly intervalMs: number;
}

/** [DIFF-4] */
export function nextTarget(timing: WindowTiming): bigint {
  const { count, targetSum, oldestTarget, oldestMs, newestMs, intervalMs } = timing;
  const intervals = BigInt(count - 1);
  const average = (targetSum - oldestTarget) / intervals;
  const measuredMs = BigInt(Math.max(newestMs - oldestMs, 1));
  const target = (average * measuredMs) / (BigInt(intervalMs) * intervals);
  if (target > TARGET_MAX) return TARGET_MAX;
  return target > 0n ? target : 1n;
}
