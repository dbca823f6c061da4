import { baseErrors } from "@trellis/base";
import { checkSealRoot } from "../algorithms/checkSealRoot.ts";
import type { PowParameters } from "../algorithms/PowAlgorithm.ts";

export interface Work {
  readonly parameters: PowParameters;
  /** 32 bytes */
  readonly sealRoot: Uint8Array;
  /** uint64 */
  readonly nonce: bigint;
  /** uint256 */
  readonly target: bigint;
}

export const NONCE_COUNT = 2n ** 64n;
const TARGET_MAX = 2n ** 256n - 1n;

export function checkWork({ sealRoot, nonce, target }: Work): void {
  checkSealRoot(sealRoot);
  const isNonceGood = nonce >= 0n && nonce < NONCE_COUNT;
  const isTargetGood = target >= 0n && target <= TARGET_MAX;
  if (!isNonceGood || !isTargetGood)
    throw baseErrors.ARGUMENT_INVALID({ rule: "nonce is a uint64, target a uint256", nonce, target });
}
