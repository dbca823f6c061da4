import { existsSync } from "node:fs";
import { glob, readFile, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";

const EXTENSIONS = ["", ".js", ".ts", ".json"];

/** Removes tests that import files which an archive of some folders lacks. @returns their names */
export async function removeIncompleteTests(tests: string): Promise<string[]> {
  const removed: string[] = [];
  for await (const name of glob("**/*.test.js", { cwd: tests })) {
    const file = resolve(tests, name);
    if ((await importsOf(file)).every(exists)) continue;
    await rm(file);
    removed.push(name);
  }
  return removed;
}

async function importsOf(file: string): Promise<string[]> {
  const imports = (await readFile(file, "utf8")).matchAll(/ from '(\.[^']+)'/g);
  return [...imports].map(([, path]) => resolve(dirname(file), path!));
}

const exists = (path: string): boolean => EXTENSIONS.some((extension) => existsSync(path + extension));
