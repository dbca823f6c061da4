import { setPriority } from "node:os";

/** Nice value of Linux. */
const NICENESS = 10;

/** Makes this worker wait, where processors are few, for the threads that serve and make blocks. */
export function lowerPriority(): void {
  // Elsewhere this would be the priority of the process, and not of a thread.
  if (process.platform === "linux") setPriority(NICENESS);
}
