/** The remaining third is for submitting evidence of a fork. */
const SAFE_PART = 2 / 3;

/** [FINAL-22] @param blocksPerSecond of all streams */
export function trustPeriodMs(
  {
    unbondingEpochs,
    epochLengthBlocks,
  }: { readonly unbondingEpochs: number; readonly epochLengthBlocks: number },
  blocksPerSecond: number,
): number {
  return Math.floor(((unbondingEpochs * epochLengthBlocks) / blocksPerSecond) * 1_000 * SAFE_PART);
}
