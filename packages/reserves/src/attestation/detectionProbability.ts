import { attestationErrors } from "./errors.ts";

/**
 * How likely at least one of `cheatedCount` customers notices, when each customer checks with the probability
 * `checkingShare` and no choice depends on another: 1 − (1 − p)^k.
 * @throws SHARE_INVALID
 */
export function detectionProbability(checkingShare: number, cheatedCount: number): number {
  checkShare(checkingShare);
  if (!Number.isSafeInteger(cheatedCount) || cheatedCount < 0)
    throw attestationErrors.SHARE_INVALID({ cheatedCount });
  if (cheatedCount === 0) return 0;
  // The plain formula loses small shares to rounding.
  return -Math.expm1(cheatedCount * Math.log1p(-checkingShare));
}

/**
 * The share of customers that must check, for `cheatedCount` cheated ones to be noticed with a probability.
 * @throws SHARE_INVALID
 */
export function shareToCheck(probability: number, cheatedCount: number): number {
  checkShare(probability);
  if (!Number.isSafeInteger(cheatedCount) || cheatedCount < 1)
    throw attestationErrors.SHARE_INVALID({ cheatedCount });
  return -Math.expm1(Math.log1p(-probability) / cheatedCount);
}

function checkShare(share: number): void {
  if (!(share >= 0 && share <= 1)) throw attestationErrors.SHARE_INVALID({ share });
}
