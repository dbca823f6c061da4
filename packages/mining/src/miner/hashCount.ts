import type { PowParameters } from "../algorithms/PowAlgorithm.ts";

export interface HashCount {
  readonly hashes: number;
  readonly searchingMs: number;
}

export function addHashes(
  counts: Map<PowParameters["algorithm"], HashCount>,
  algorithm: PowParameters["algorithm"],
  hashes: number,
  tookMs: number,
): void {
  const before = counts.get(algorithm) ?? { hashes: 0, searchingMs: 0 };
  counts.set(algorithm, {
    hashes: before.hashes + hashes,
    searchingMs: before.searchingMs + tookMs,
  });
}
