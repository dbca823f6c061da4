/** Averages this many middle timestamps, to limit the influence of a false one. */
const MIDDLE_SIZE = 11;

/** Rounds half up. [DIFF-7] @param timestampsMs at least one */
export function medianTimeMs(timestampsMs: readonly number[]): number {
  const sorted = Float64Array.from(timestampsMs).sort();
  const size = Math.min(sorted.length, MIDDLE_SIZE);
  const end = Math.ceil((sorted.length + size) / 2);
  let sum = 0n;
  for (const timestampMs of sorted.subarray(end - size, end)) sum += BigInt(timestampMs);
  return Number((sum + BigInt(size >> 1)) / BigInt(size));
}
