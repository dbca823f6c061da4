import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";

export function suiteFolder(vectorsDir: string, folder: string): string {
  const below = join(vectorsDir, folder);
  return existsSync(below) ? below : vectorsDir;
}

/** The suite's folders below `directory` or its folder `ethereum`; otherwise `directory` has the vectors itself. */
export function suiteFolders(directory: string, folders: readonly string[]): string[] {
  const below = folders.flatMap((folder) => [join(directory, folder), join(directory, basename(folder))]);
  const known = below.filter((path) => existsSync(path));
  return known.length > 0 ? known : [directory];
}

export async function* jsonFiles(folder: string): AsyncGenerator<{ path: string; content: unknown }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".json"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const path of paths) {
    yield { path: relative(folder, path), content: JSON.parse(await readFile(path, "utf8")) };
  }
}
