import { setPriority } from "node:os";

const NICENESS = 10;

/** Lets threads that serve requests and make blocks run first. Not for threads whose results a block import awaits. */
export function lowerPriority(): void {
  // On other platforms this call would change the whole process.
  if (process.platform === "linux") setPriority(NICENESS);
}
