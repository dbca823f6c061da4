import { posix } from "node:path";
import { packageOf, type Tree } from "../source/Tree.ts";
import { isGathered, roomOf, shortName } from "./checkImports.ts";
import { LAYERS, ROOMS } from "./law.ts";

/** Excludes tests. Packages are in layer order. */
type ImportGraph = ReadonlyMap<string, readonly string[]>;

export function importGraph(tree: Tree): ImportGraph {
  const names = new Map(tree.packages.map((known) => [known.name, shortName(known)]));
  const nodes = tree.packages
    .filter(({ kind }) => kind === "package" || kind === "app")
    .sort((a, b) => rank(shortName(a)) - rank(shortName(b)));
  return new Map(
    nodes.map((from) => {
      const imported = new Set<string>();
      for (const source of tree.sources) {
        if (source.isTest || packageOf(tree, source.path) !== from) continue;
        for (const { specifier } of source.imports) {
          const to = names.get(specifier.split("/").slice(0, 2).join("/"));
          if (to !== undefined && to !== shortName(from)) imported.add(to);
        }
      }
      return [shortName(from), [...imported].sort((a, b) => rank(a) - rank(b))];
    }),
  );
}

/** Excludes tests. Rooms are in the order of `ROOMS`. */
export function roomGraph(tree: Tree, packageName: string): ImportGraph {
  const rooms = ROOMS[packageName]!;
  const imports = new Map(rooms.map((room) => [room, new Set<string>()]));
  for (const source of tree.sources) {
    const from = packageOf(tree, source.path);
    if (source.isTest || from === undefined || shortName(from) !== packageName || isGathered(source, from))
      continue;
    const room = roomOf(source.path, from);
    for (const { specifier } of source.imports) {
      if (!specifier.startsWith(".")) continue;
      const to = roomOf(posix.join(posix.dirname(source.path), specifier), from);
      if (to !== room && rooms.includes(to)) imports.get(room)?.add(to);
    }
  }
  return new Map(rooms.map((room) => [room, rooms.filter((other) => imports.get(room)!.has(other))]));
}

function rank(name: string): number {
  const index = LAYERS.indexOf(name);
  return index === -1 ? LAYERS.length : index;
}

export function graphDocument(graph: ImportGraph): string {
  const edges = [...graph].flatMap(([from, tos]) =>
    tos.filter((to) => !isImplied(graph, from, to)).map((to) => `  ${from} --> ${to}`),
  );
  const width = Math.max(...[...graph.keys()].map((name) => name.length));
  const rows = [...graph].reverse().map(([from, tos]) => `${from.padEnd(width)}  ${tos.join(" ")}`.trimEnd());
  return ["```mermaid", "graph TD", ...edges, "```", "", "```text", ...rows, "```"].join("\n");
}

function isImplied(graph: ImportGraph, from: string, to: string): boolean {
  const seen = new Set<string>([from]);
  const reaches = (name: string): boolean => {
    if (name === to) return true;
    if (seen.has(name)) return false;
    seen.add(name);
    return (graph.get(name) ?? []).some(reaches);
  };
  return (graph.get(from) ?? []).some((other) => other !== to && reaches(other));
}
