import type { NetworkParameters } from "@trellis/protocol";
import { windowDepth } from "../difficulty/index.ts";

/** Blue score above a pruning point from which the kept blocks determine all rules. [STORE-PRUNE-3] */
export function pastMargin(parameters: NetworkParameters): number {
  const { finalityDepth, mergesetMax } = parameters;
  return 2 * (Math.max(windowDepth(parameters), finalityDepth) + mergesetMax);
}

/** Blocks above the checkpoint can merge blocks at up to twice the merge depth. [SYNC-32] */
export function rootDepth(parameters: NetworkParameters): number {
  return pastMargin(parameters) + 2 * parameters.mergeDepth;
}
