import { createHash } from "node:crypto";

export interface Mutant {
  readonly id: string;
  readonly fileName: string;
  readonly mutatorName: string;
  readonly replacement: string;
  readonly location: { readonly start: Position; readonly end: Position };
}

interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * Selects the mutants with the lowest hashes of seed and mutant. @param directory prefix to remove from file
 * names, so that all checkouts draw the same sample
 */
export function sampleOf(
  mutants: readonly Mutant[],
  count: number,
  seed: number,
  directory: string,
): Set<string> {
  const ranked = mutants.map((mutant) => ({ id: mutant.id, rank: rankOf(mutant, seed, directory) }));
  ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  return new Set(ranked.slice(0, count).map(({ id }) => id));
}

function rankOf(
  { fileName, mutatorName, replacement, location }: Mutant,
  seed: number,
  directory: string,
): string {
  const file = fileName.slice(fileName.startsWith(directory) ? directory.length : 0);
  const identity = [seed, file, location.start, location.end, mutatorName, replacement];
  return createHash("sha256").update(JSON.stringify(identity)).digest("hex");
}

/** Returns [low, share, high] in percent (Wilson's 95 % interval). */
export function scoreOf(detected: number, valid: number): [number, number, number] {
  if (valid === 0) return [0, 0, 100];
  const share = detected / valid;
  const z = 1.96;
  const scale = 1 + z ** 2 / valid;
  const centre = (share + z ** 2 / (2 * valid)) / scale;
  const half = (z * Math.sqrt((share * (1 - share)) / valid + z ** 2 / (4 * valid ** 2))) / scale;
  return [100 * Math.max(0, centre - half), 100 * share, 100 * (centre + half)];
}
