/** Paths are relative to the root. */
export interface DeployFiles {
  read(path: string): string;
  /** Absolute, for the program's own reader of settings. */
  path(path: string): string;
  list(folder: string): string[];
}
