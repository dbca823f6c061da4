import type { FileCoverage } from "./coverageByPackage.ts";
import { reasonOf } from "./uncounted.ts";

interface PartlyCovered {
  readonly path: string;
  readonly functions: number;
  readonly missing: number;
}

/** Most uncovered lines first. Excludes files that V8 does not count completely. */
export function partlyCovered(
  summary: Readonly<Record<string, FileCoverage>>,
  root: string,
): PartlyCovered[] {
  return Object.entries(summary)
    .filter(([path]) => path.startsWith(`${root}/`))
    .map(([path, { functions }]) => ({
      path: path.slice(root.length + 1),
      functions: functions.total,
      missing: functions.total - functions.covered,
    }))
    .filter(
      ({ path, functions, missing }) => missing > 0 && missing < functions && reasonOf(path) === undefined,
    )
    .sort((a, b) => b.missing - a.missing || (a.path < b.path ? -1 : 1));
}
