import { posix } from "node:path";
import type { Finding } from "../finding.ts";
import { targetsOf } from "../source/SourceFile.ts";
import { packageOf, type Tree } from "../source/Tree.ts";
import { circlesOf } from "./circlesOf.ts";
import { FOLDER_CYCLES, type FolderCycle } from "./law.ts";

/** Tests are exempt. */
export function checkFolders(tree: Tree, allowed: readonly FolderCycle[] = FOLDER_CYCLES): Finding[] {
  const graphs = folderGraphs(tree);
  const found = [...graphs].flatMap(([parent, graph]) =>
    circlesOf(graph).map((folders) => ({ parent, folders })),
  );
  const isSame = (a: Omit<FolderCycle, "because">, b: Omit<FolderCycle, "because">): boolean =>
    a.parent === b.parent && a.folders.join() === b.folders.join();
  const refused = found.filter((circle) => !allowed.some((known) => isSame(known, circle)));
  const gone = allowed.filter(
    (known) => graphs.has(known.parent) && !found.some((circle) => isSame(known, circle)),
  );
  return [
    ...refused.map(({ parent, folders }) => ({
      file: parent,
      line: 0,
      rule: "folder-cycle",
      message: `${folders.join(", ")} import each other: move what they share into the lower one`,
    })),
    ...gone.map(({ parent, folders }) => ({
      file: parent,
      line: 0,
      rule: "allowance-unneeded",
      message: `${folders.join(", ")} are no circle: remove it from FOLDER_CYCLES in tools/src/layers/law.ts`,
    })),
  ];
}

function folderGraphs(tree: Tree): Map<string, Map<string, Set<string>>> {
  const graphs = new Map<string, Map<string, Set<string>>>();
  for (const source of tree.sources) {
    const kind = packageOf(tree, source.path)?.kind;
    if (source.isTest || (kind !== "package" && kind !== "app")) continue;
    for (const target of targetsOf(source)) {
      const { parent, from, to } = parting(source.path, target);
      if (from === undefined || to === undefined) continue;
      const graph = graphs.get(parent) ?? new Map<string, Set<string>>();
      graphs.set(parent, graph);
      for (const folder of [from, to]) if (!graph.has(folder)) graph.set(folder, new Set());
      graph.get(from)!.add(to);
    }
  }
  return graphs;
}

/** Returns the deepest common folder, and each file's subfolder in it, if any. */
function parting(a: string, b: string): { parent: string; from: string | undefined; to: string | undefined } {
  const [from, to] = [posix.dirname(a).split("/"), posix.dirname(b).split("/")];
  let depth = 0;
  while (depth < from.length && from[depth] === to[depth]) depth++;
  return { parent: from.slice(0, depth).join("/"), from: from[depth], to: to[depth] };
}
