import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Paths are relative to the root. */
export interface DeployFiles {
  read(path: string): string;
  /** Absolute, for the program's own reader of settings. */
  path(path: string): string;
  list(folder: string): string[];
}

export function deployFiles(root: string): DeployFiles {
  return {
    path: (path) => join(root, path),
    read: (path) => readFileSync(join(root, path), "utf8"),
    list: (folder) => readdirSync(join(root, folder)),
  };
}
