import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSource } from "./SourceFile.ts";
import type { Package, Tree } from "./Tree.ts";

/** Folders that hold nothing that people write here. */
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
/** AssemblyScript: another language in the same file extension, checked by its own compiler. */
const PATHS_IGNORED = new Set(["packages/evm/src/core", "packages/reserves/assembly"]);
const SOURCE_NAME = /\.(?:ts|tsx|mts|js|mjs)$/;

/** Reads and parses the repository at `root`. */
export function readTree(root: string): Tree {
  const paths = listFiles(root, "");
  const read = (path: string): string => readFileSync(join(root, path), "utf8");
  const manifest = JSON.parse(read("package.json"));
  return {
    root,
    packages: readPackages(root),
    rootDependencies: new Set(Object.keys(manifest.devDependencies ?? {})),
    sources: paths.filter((path) => SOURCE_NAME.test(path)).map((path) => parseSource(path, read(path))),
    documents: paths.filter((path) => path.endsWith(".md")).map((path) => ({ path, text: read(path) })),
  };
}

function listFiles(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isFile()) return [path];
    if (!entry.isDirectory() || FOLDERS_IGNORED.has(entry.name) || PATHS_IGNORED.has(path)) return [];
    return listFiles(root, path);
  });
}

function readPackages(root: string): Package[] {
  const nested = (parent: string, kind: Package["kind"]): Package[] => {
    if (!existsSync(join(root, parent))) return [];
    return readdirSync(join(root, parent)).flatMap((name) => readPackage(root, `${parent}/${name}`, kind));
  };
  return [
    ...nested("packages", "package"),
    ...nested("apps", "app"),
    ...nested("testing", "testing"),
    ...readPackage(root, "bench", "bench"),
    ...readPackage(root, "tools", "tools"),
  ];
}

function readPackage(root: string, directory: string, kind: Package["kind"]): Package[] {
  const file = join(root, directory, "package.json");
  if (!existsSync(file)) return [];
  const manifest = JSON.parse(readFileSync(file, "utf8"));
  const names = (section: string): string[] => Object.keys(manifest[section] ?? {});
  return [
    {
      name: manifest.name,
      directory,
      kind,
      subpaths: names("exports"),
      dependencies: new Set([
        ...names("dependencies"),
        ...names("optionalDependencies"),
        ...names("peerDependencies"),
      ]),
      devDependencies: new Set(names("devDependencies")),
    },
  ];
}
