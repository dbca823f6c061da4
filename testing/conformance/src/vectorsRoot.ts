import { existsSync } from "node:fs";
import { join, resolve, sep } from "node:path";

/** A suite with several folders also accepts one folder of vectors under any name. */
export function vectorsRootOf(directory: string, folders: readonly string[]): string | undefined {
  if (folders.length === 1) return vectorsRoot(directory, folders[0]!);
  return existsSync(directory) ? directory : undefined;
}

/** For `ethereum/RLPTests`, accepts `<root>`, `<root>/ethereum` or `<root>/ethereum/RLPTests`. */
export function vectorsRoot(directory: string, folder: string): string | undefined {
  const given = resolve(directory);
  const segments = folder.split("/");
  for (let taken = 0; taken <= segments.length; taken++) {
    const end = segments
      .slice(0, taken)
      .map((segment) => sep + segment)
      .join("");
    if (!given.endsWith(end)) continue;
    const root = given.slice(0, given.length - end.length);
    if (existsSync(given) && existsSync(join(root, folder))) return root;
  }
  return undefined;
}
