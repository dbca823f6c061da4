import type { PowParameters } from "../algorithms/PowAlgorithm.ts";

export interface HashCount {
  readonly hashes: number;
  readonly searchingMs: number;
}

/** Adds a search that started at `startMs`. */
export function addHashes(
  counts: Map<PowParameters["algorithm"], HashCount>,
  algorithm: PowParameters["algorithm"],
  hashes: number,
  startMs: number,
): void {
  const before = counts.get(algorithm) ?? { hashes: 0, searchingMs: 0 };
  counts.set(algorithm, {
    hashes: before.hashes + hashes,
    searchingMs: before.searchingMs + performance.now() - startMs,
  });
}
