/** Hashes of difficulty 1, as in Bitcoin and Kaspa. */
export const DIFFICULTY_1_HASHES = 2 ** 32;

/**
 * Kaspa's miners compute 0xffff · 2^208 / difficulty in single precision; 2^224 accepts all their shares.
 * A double has 53 significant bits, so that the quotient is scaled before it becomes an integer.
 */
export function difficultyToTarget(difficulty: number): bigint {
  const hashes = difficulty * DIFFICULTY_1_HASHES;
  if (hashes <= 1) return 2n ** 256n - 1n;
  const exponent = Math.floor(Math.log2(hashes));
  const mantissa = BigInt(Math.round((2 ** exponent / hashes) * 2 ** 52));
  return (mantissa << 204n) / 2n ** BigInt(exponent);
}

export function targetToDifficulty(target: bigint): number {
  return Number(2n ** 288n / (target + 1n)) / 2 ** 32 / DIFFICULTY_1_HASHES;
}
