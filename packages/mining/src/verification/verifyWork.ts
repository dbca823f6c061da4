import type { PowAlgorithm } from "../algorithms/PowAlgorithm.ts";

export function verifyWork(
  algorithm: PowAlgorithm,
  sealRoot: Uint8Array,
  nonce: bigint,
  target: bigint,
): boolean {
  return algorithm.hash(sealRoot, nonce) <= target;
}
