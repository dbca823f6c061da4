const GROWTH_MAX = 4;

/** Hashes for a slice of `sliceMs`. One fast slice must not make the next slice too long. */
export function nextCount(count: number, tookMs: number, sliceMs: number): number {
  const factor = Math.min(GROWTH_MAX, sliceMs / Math.max(tookMs, 1e-6));
  return Math.max(1, Math.floor(count * factor));
}
