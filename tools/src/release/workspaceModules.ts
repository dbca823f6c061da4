import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { readPackages } from "../source/readPackages.ts";

/** `@trellis/base` → `packages/base/src/index.ts`, for each export of each workspace. */
export function workspaceModules(root: string): Map<string, string> {
  const modules = new Map<string, string>();
  for (const { name, directory } of readPackages(root)) {
    const { exports = {} }: { exports?: Record<string, string> } = JSON.parse(
      readFileSync(join(root, directory, "package.json"), "utf8"),
    );
    for (const [subpath, file] of Object.entries(exports))
      modules.set(posix.join(name, subpath), posix.join(directory, file));
  }
  return modules;
}
