import { blockRate, type StreamParameters } from "@trellis/protocol";

/** Part of the unbonding that is left for learning of a fork, and for the evidence to get into a block. */
const SAFE_PART = 2 / 3;

/**
 * How long a checkpoint can be trusted: two thirds of the time that unbonding takes at least, in which every block is a
 * chain block. ms [FINAL-22]
 */
export function trustPeriodMs(
  {
    unbondingEpochs,
    epochLengthBlocks,
  }: { readonly unbondingEpochs: bigint; readonly epochLengthBlocks: bigint },
  streams: readonly StreamParameters[],
): number {
  const blocks = Number(unbondingEpochs * epochLengthBlocks);
  return Math.floor((blocks / blockRate(streams)) * 1_000 * SAFE_PART);
}
