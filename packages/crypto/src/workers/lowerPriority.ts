import { getPriority, setPriority } from "node:os";

const NICENESS = 10;

/** Only for threads that no block import awaits. */
export function lowerPriority(): void {
  // On other platforms, the call affects the whole process. Only root may raise a priority.
  if (process.platform === "linux" && getPriority() < NICENESS) setPriority(NICENESS);
}
