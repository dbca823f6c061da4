/** Period of the average, in ms. */
const PACE_MS = 30_000;

/** Undefined if there are too few blocks. @param times ms since the Unix epoch */
export function paceOf(times: readonly number[]): number | undefined {
  const newest = times.reduce((most, time) => Math.max(most, time), 0);
  const late = times.filter((time) => time > newest - PACE_MS);
  const knownMs = newest - late.reduce((least, time) => Math.min(least, time), newest);
  return knownMs === 0 ? undefined : (late.length - 1) / (knownMs / 1_000);
}
