import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ErrorEntry } from "@trellis/base";
import type { Package } from "../source/Tree.ts";

export interface ErrorTable {
  readonly owner: string;
  readonly isPublic: boolean;
  readonly file: string;
  readonly entries: ReadonlyMap<string, ErrorEntry>;
}

interface Factories {
  readonly table: Readonly<Record<string, ErrorEntry>>;
}

interface ErrorSources {
  readonly root: string;
  readonly packages: readonly Package[];
  readonly sources: readonly { readonly path: string }[];
}

export async function readErrorTables(tree: ErrorSources): Promise<ErrorTable[]> {
  const tables: ErrorTable[] = [];
  for (const { name, directory, kind } of tree.packages) {
    const isPublic = kind === "package" || kind === "app";
    const known = new Set<unknown>();
    for (const file of errorFiles(tree, directory)) {
      const module: Record<string, unknown> = await import(pathToFileURL(join(tree.root, file)).href);
      const defined = Object.entries(module).filter(
        ([exported, factories]) => exported.endsWith("Errors") && !known.has(factories),
      );
      for (const [, factories] of defined) known.add(factories);
      const entries = defined.flatMap(([, factories]) => Object.entries((factories as Factories).table));
      tables.push({ owner: name, isPublic, file, entries: new Map(entries) });
    }
  }
  return tables;
}

/** Deepest files first: a top file may only re-export. */
function errorFiles(tree: ErrorSources, directory: string): string[] {
  const depth = (path: string): number => path.split("/").length;
  return tree.sources
    .map(({ path }) => path)
    .filter((path) => path.startsWith(`${directory}/src/`) && path.endsWith("/errors.ts"))
    .sort((a, b) => depth(b) - depth(a) || a.localeCompare(b));
}
