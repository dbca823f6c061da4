import type { Finding } from "../finding.ts";
import { isTestFile, targetsOf } from "../source/SourceFile.ts";
import { packageOf, type Tree } from "../source/Tree.ts";
import { circlesOf } from "./circlesOf.ts";

/** Includes type imports. */
export function checkCycles(tree: Tree): Finding[] {
  const sources = tree.sources.filter(({ path }) => !isTestFile(path) && packageOf(tree, path) !== undefined);
  const circles = circlesOf(new Map(sources.map((source) => [source.path, targetsOf(source)])));
  return circles.map(([file, ...others]) => {
    const message = `imports itself through ${others.join(", ")}`;
    return { file: file!, line: 0, rule: "import-cycle", message };
  });
}
