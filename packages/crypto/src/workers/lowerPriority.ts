import { setPriority } from "node:os";

const NICENESS = 10;

/** Do not use in threads whose results a block import awaits. */
export function lowerPriority(): void {
  // On other platforms, the call changes the priority of the whole process.
  if (process.platform === "linux") setPriority(NICENESS);
}
