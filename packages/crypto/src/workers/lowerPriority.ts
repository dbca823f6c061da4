import { setPriority } from "node:os";

const NICENESS = 10;

/** Only for threads that no block import awaits. */
export function lowerPriority(): void {
  // On other platforms, the call affects the whole process.
  if (process.platform === "linux") setPriority(NICENESS);
}
