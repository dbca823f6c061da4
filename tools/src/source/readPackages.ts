import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import type { Package } from "./Tree.ts";

export function readPackages(root: string): Package[] {
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
      entries: [manifest.exports, manifest.bin].flatMap((files: Record<string, string> | undefined) =>
        Object.values(files ?? {}).map((file) => posix.join(directory, file)),
      ),
      dependencies: new Set([
        ...names("dependencies"),
        ...names("optionalDependencies"),
        ...names("peerDependencies"),
      ]),
      devDependencies: new Set(names("devDependencies")),
    },
  ];
}
