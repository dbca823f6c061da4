import type { PowAlgorithm } from "../algorithms/PowAlgorithm.ts";

/**
 * Whether a nonce brings the work's value down to the target.
 * @throws ARGUMENT_INVALID
 */
export function verifyWork(
  algorithm: PowAlgorithm,
  sealRoot: Uint8Array,
  nonce: bigint,
  target: bigint,
): boolean {
  return algorithm.hash(sealRoot, nonce) <= target;
}
