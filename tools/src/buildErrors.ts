import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ErrorEntry } from "@trellis/base";
import { readErrorTables } from "./errors/readErrorTables.ts";
import { listFiles } from "./source/listFiles.ts";
import { readPackages } from "./source/readPackages.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface CatalogueEntry extends Omit<ErrorEntry, "facts"> {
  readonly code: string;
  readonly owner: string;
  readonly facts: readonly string[];
}

export async function buildErrors(root = ROOT): Promise<void> {
  const file = join(root, "apps/trellis/generated/errors.json");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(await readCatalogue(root), undefined, 1)}\n`);
}

export async function readCatalogue(root: string): Promise<CatalogueEntry[]> {
  const packages = readPackages(root).filter(({ kind }) => kind === "package" || kind === "app");
  const sources = listFiles(root).map((path) => ({ path }));
  return (await readErrorTables({ root, packages, sources }))
    .flatMap(({ owner, entries }) =>
      [...entries].map(([code, { facts = {}, ...entry }]) => ({
        code,
        owner,
        ...entry,
        facts: Object.keys(facts),
      })),
    )
    .sort((a, b) => a.code.localeCompare(b.code));
}
