import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ErrorEntry } from "@trellis/base";
import type { Tree } from "../source/Tree.ts";

/** The error codes of one workspace. */
export interface ErrorTable {
  /** `@trellis/chain` */
  readonly owner: string;
  /** Users meet its codes, and the document lists them. */
  readonly isPublic: boolean;
  /** `packages/chain/src/errors.ts` */
  readonly file: string;
  readonly entries: ReadonlyMap<string, ErrorEntry>;
}

/** Loads the `…Errors` tables from every workspace's `src/errors.ts`. */
export async function readErrorTables(tree: Tree): Promise<ErrorTable[]> {
  const tables: ErrorTable[] = [];
  for (const { name, directory, kind } of tree.packages) {
    const file = `${directory}/src/errors.ts`;
    if (!existsSync(join(tree.root, file))) continue;
    const module: Record<string, unknown> = await import(pathToFileURL(join(tree.root, file)).href);
    const entries = Object.entries(module)
      .filter(([exported]) => exported.endsWith("Errors"))
      .flatMap(([, factories]) => Object.entries((factories as { table: Record<string, ErrorEntry> }).table));
    tables.push({
      owner: name,
      isPublic: kind === "package" || kind === "app",
      file,
      entries: new Map(entries),
    });
  }
  return tables;
}
