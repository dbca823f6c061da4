import { baseErrors } from "@trellis/base";
import { checkSealRoot } from "../algorithms/checkSealRoot.ts";
import type { PowParameters } from "../algorithms/PowAlgorithm.ts";

export interface SealedWork {
  readonly parameters: PowParameters;
  /** 32 bytes */
  readonly sealRoot: Uint8Array;
  /** uint64 */
  readonly nonce: bigint;
}

export interface Work extends SealedWork {
  /** uint256 */
  readonly target: bigint;
}

export const NONCE_COUNT = 2n ** 64n;
const TARGET_MAX = 2n ** 256n - 1n;

export function checkSealedWork({ sealRoot, nonce }: SealedWork): void {
  checkSealRoot(sealRoot);
  if (nonce < 0n || nonce >= NONCE_COUNT)
    throw baseErrors.ARGUMENT_INVALID({ rule: "a nonce is a uint64", nonce });
}

export function checkWork(work: Work): void {
  checkSealedWork(work);
  const { target } = work;
  if (target < 0n || target > TARGET_MAX)
    throw baseErrors.ARGUMENT_INVALID({ rule: "a target is a uint256", target });
}
