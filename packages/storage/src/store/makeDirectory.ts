import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** Node.js's recursive mkdir hangs if an existing parent reports ENOENT, as under /proc. */
export function makeDirectory(path: string): void {
  if (isDirectory(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeDirectory(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process may have created the directory.
    if (!isDirectory(path)) throw error;
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
