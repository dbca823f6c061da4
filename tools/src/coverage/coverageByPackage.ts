/** Entry of Istanbul's `json-summary` report. */
export interface FileCoverage {
  readonly lines: Count;
  readonly functions: Count;
  readonly branches: Count;
}

interface Count {
  readonly total: number;
  readonly covered: number;
}

interface PackageCoverage {
  readonly name: string;
  readonly files: number;
  readonly lines: number;
  readonly functions: number;
  readonly branches: number;
  readonly untouched: readonly string[];
}

/** @param summary entries by absolute path, and `total` */
export function coverageByPackage(
  summary: Readonly<Record<string, FileCoverage>>,
  root: string,
): PackageCoverage[] {
  const files = Object.entries(summary).flatMap(([path, coverage]) =>
    path.startsWith(`${root}/`) ? [{ path: path.slice(root.length + 1), ...coverage }] : [],
  );
  const byPackage = Object.groupBy(files, ({ path }) => path.split("/").slice(0, 2).join("/"));
  return Object.entries(byPackage)
    .map(([name, own = []]) => {
      const part = (kind: keyof FileCoverage): number => {
        const total = own.reduce((sum, file) => sum + file[kind].total, 0);
        return total === 0 ? 1 : own.reduce((sum, file) => sum + file[kind].covered, 0) / total;
      };
      const isUntouched = ({ functions }: FileCoverage) => functions.total > 0 && functions.covered === 0;
      return {
        name,
        files: own.length,
        lines: part("lines"),
        functions: part("functions"),
        branches: part("branches"),
        untouched: own.filter(isUntouched).map(({ path }) => path),
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
