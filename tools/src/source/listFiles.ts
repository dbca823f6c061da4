import { readdirSync } from "node:fs";
import { join } from "node:path";

const FOLDERS_IGNORED = new Set([
  "node_modules",
  ".git",
  ".trellis",
  ".stryker-tmp",
  "generated",
  "coverage",
  "artifacts",
  "dist",
]);
/** AssemblyScript, which its own compiler checks. */
const PATHS_IGNORED = new Set([
  "packages/evm/src/core",
  "packages/mining/assembly",
  "packages/reserves/assembly",
]);

export function listFiles(root: string, folder = ""): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isFile()) return [path];
    if (!entry.isDirectory() || FOLDERS_IGNORED.has(entry.name) || PATHS_IGNORED.has(path)) return [];
    return listFiles(root, path);
  });
}
