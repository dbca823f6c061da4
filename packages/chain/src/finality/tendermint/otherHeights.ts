import { finalityErrors } from "../errors.ts";
import type { ValidatorSet } from "../validatorSets/ValidatorSet.ts";
import type { FinalityChain } from "./FinalityPorts.ts";

/** True if shard 0 has given the height, or an earlier one, to another set. [SHARD-15.3] */
export function isVoid(
  chain: Pick<FinalityChain, "finalHeight" | "validators">,
  height: number,
  set: ValidatorSet | undefined,
): boolean {
  const next = chain.finalHeight() + 1;
  if (next !== height) return next < height;
  const epoch = chain.validators(height)?.epoch;
  return epoch !== undefined && set !== undefined && epoch !== set.epoch;
}

export function pastHeight(height: number, current: number) {
  return finalityErrors.VOTE_UNTIMELY({ reason: "height is already final", height, current });
}
