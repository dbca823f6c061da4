import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readErrorTables } from "./errors/readErrorTables.ts";
import { listFiles } from "./source/listFiles.ts";
import { readPackages } from "./source/readPackages.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Writes the catalogue of error codes that `trellis error` reads. */
export async function buildErrors(root = ROOT): Promise<void> {
  const packages = readPackages(root).filter(({ kind }) => kind === "package" || kind === "app");
  const sources = listFiles(root).map((path) => ({ path }));
  const catalogue = (await readErrorTables({ root, packages, sources }))
    .flatMap(({ owner, entries }) =>
      [...entries].map(([code, { facts = {}, ...entry }]) => ({
        code,
        owner,
        ...entry,
        facts: Object.keys(facts),
      })),
    )
    .sort((a, b) => a.code.localeCompare(b.code));
  const file = join(root, "apps/trellis/generated/errors.json");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(catalogue, undefined, 1)}\n`);
}
