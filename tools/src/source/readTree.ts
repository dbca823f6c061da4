import { readFileSync } from "node:fs";
import { join } from "node:path";
import { listFiles } from "./listFiles.ts";
import { readPackages } from "./readPackages.ts";
import { parseSource } from "./SourceFile.ts";
import type { Tree } from "./Tree.ts";

const SOURCE_NAME = /\.(?:ts|tsx|mts|js|mjs)$/;

export function readTree(root: string): Tree {
  const paths = listFiles(root);
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
