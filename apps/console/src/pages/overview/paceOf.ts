const PACE_MS = 30_000;

/** @param times ms since the Unix epoch */
export function paceOf(times: readonly number[]): number | undefined {
  const newest = times.reduce((most, time) => Math.max(most, time), 0);
  const late = times.filter((time) => time > newest - PACE_MS);
  const knownMs = newest - late.reduce((least, time) => Math.min(least, time), newest);
  return knownMs === 0 ? undefined : (late.length - 1) / (knownMs / 1_000);
}
