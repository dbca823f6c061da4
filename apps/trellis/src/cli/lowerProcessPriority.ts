import { readdirSync } from "node:fs";
import { constants, setPriority } from "node:os";

const THREADS = "/proc/self/task";

/** Services on the machine come first. Linux has a priority for each thread; new threads inherit it. */
export function lowerProcessPriority(): void {
  const threads = process.platform === "linux" ? readdirSync(THREADS).map(Number) : [process.pid];
  for (const thread of threads) setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL);
}
