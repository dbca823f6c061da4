const WORK_MS = 200;

/**
 * Work time relative to an idle machine: about 10 with twenty busy processes on two cores. Multiply time limits by this
 * factor.
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
