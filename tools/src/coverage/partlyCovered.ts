import type { FileCoverage } from "./coverageByPackage.ts";
import { reasonOf } from "./uncounted.ts";

interface PartlyCovered {
  /** Below the root. */
  readonly path: string;
  readonly functions: number;
  /** Functions that did not run. */
  readonly missing: number;
}

/**
 * Files of which some functions ran and some did not, most missing first; without those that also run where nothing
 * is counted.
 */
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
