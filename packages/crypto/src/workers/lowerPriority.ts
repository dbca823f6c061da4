import { setPriority } from "node:os";

const NICENESS = 10;

/** Must not be used by threads whose results a block import awaits. */
export function lowerPriority(): void {
  // On other platforms this call would change the whole process.
  if (process.platform === "linux") setPriority(NICENESS);
}
