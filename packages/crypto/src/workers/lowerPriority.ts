import { setPriority } from "node:os";

const NICENESS = 10;

/** Yields to threads that serve and make blocks. */
export function lowerPriority(): void {
  // Elsewhere this sets the process's priority.
  if (process.platform === "linux") setPriority(NICENESS);
}
