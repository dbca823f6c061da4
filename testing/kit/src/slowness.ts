/** Long enough to be interrupted by whatever else there is. ms */
const WORK_MS = 200;

/**
 * How many times longer work takes now than on a machine that does nothing else: 1 there, about 10 with twenty busy
 * processes on two cores. A promise of a time is kept if it is kept in so many times the time.
 */
export function slowness(): number {
  const startMs = performance.now();
  const start = process.threadCpuUsage();
  for (;;) {
    const { user, system } = process.threadCpuUsage(start);
    const usedMs = (user + system) / 1_000;
    if (usedMs >= WORK_MS) return Math.max(1, (performance.now() - startMs) / usedMs);
  }
}
