import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BESIDE_THE_PROJECT = fileURLToPath(new URL("../../../../shared/vectors", import.meta.url));

/** @returns TRELLIS_VECTORS, or the folder next to the project; undefined if it lacks `path` */
export function vectorsDirectory(path = ""): string | undefined {
  const directory = process.env.TRELLIS_VECTORS ?? BESIDE_THE_PROJECT;
  return existsSync(join(directory, path)) ? directory : undefined;
}
