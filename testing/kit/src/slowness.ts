const WORK_MS = 200;

/** Duration of work relative to an idle machine. About 10 with twenty busy processes on two cores. */
export function slowness(): number {
  const startMs = performance.now();
  const start = process.threadCpuUsage();
  for (;;) {
    const { user, system } = process.threadCpuUsage(start);
    const usedMs = (user + system) / 1_000;
    if (usedMs >= WORK_MS) return Math.max(1, (performance.now() - startMs) / usedMs);
  }
}
