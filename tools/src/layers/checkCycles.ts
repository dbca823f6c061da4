import { posix } from "node:path";
import type { Finding } from "../finding.ts";
import { isTestFile, type SourceFile } from "../source/SourceFile.ts";
import { packageOf, type Tree } from "../source/Tree.ts";

/** Includes type imports. */
export function checkCycles(tree: Tree): Finding[] {
  const sources = tree.sources.filter(({ path }) => !isTestFile(path) && packageOf(tree, path) !== undefined);
  return circlesAmong(sources).map((circle) => {
    const [file, ...others] = circle.toSorted();
    const message = `imports itself through ${others.join(", ")}`;
    return { file: file!, line: 0, rule: "import-cycle", message };
  });
}

/** Tarjan, SIAM J. Comput. 1(2), 1972. */
function circlesAmong(sources: readonly SourceFile[]): string[][] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const indexes = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const circles: string[][] = [];

  function visit(source: SourceFile): number {
    const { path } = source;
    const index = indexes.size;
    indexes.set(path, index);
    lowest.set(path, index);
    open.push(path);
    for (const target of targetsOf(source)) {
      const imported = byPath.get(target);
      if (imported === undefined) continue;
      const reached = indexes.has(target) ? openIndex(target) : visit(imported);
      lowest.set(path, Math.min(lowest.get(path)!, reached));
    }
    if (lowest.get(path) === index) {
      const circle = open.splice(open.indexOf(path));
      if (circle.length > 1) circles.push(circle);
    }
    return lowest.get(path)!;
  }

  function openIndex(path: string): number {
    return open.includes(path) ? indexes.get(path)! : Number.POSITIVE_INFINITY;
  }

  for (const source of sources) if (!indexes.has(source.path)) visit(source);
  return circles;
}

function targetsOf({ path, imports }: SourceFile): string[] {
  return imports
    .filter(({ specifier }) => specifier.startsWith("."))
    .map(({ specifier }) => posix.join(posix.dirname(path), specifier));
}
