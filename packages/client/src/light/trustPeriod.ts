/** Part of the unbonding that is left for learning of a fork, and for the evidence to get into a block. */
const SAFE_PART = 2 / 3;

/**
 * How long a checkpoint can be trusted: two thirds of the time that unbonding takes at least, in which every block is a
 * chain block. ms [FINAL-22]
 * @param blocksPerSecond of all streams together
 */
export function trustPeriodMs(
  {
    unbondingEpochs,
    epochLengthBlocks,
  }: { readonly unbondingEpochs: number; readonly epochLengthBlocks: number },
  blocksPerSecond: number,
): number {
  return Math.floor(((unbondingEpochs * epochLengthBlocks) / blocksPerSecond) * 1_000 * SAFE_PART);
}
