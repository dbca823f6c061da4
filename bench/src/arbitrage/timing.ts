export function startTimer(): () => number {
  const startMs = performance.now();
  return () => performance.now() - startMs;
}

/** CPU time in ms, which other processes do not affect. */
export function startCpuTimer(): () => number {
  const start = process.threadCpuUsage();
  return () => {
    const { user, system } = process.threadCpuUsage(start);
    return (user + system) / 1_000;
  };
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

export function timed<T>(runs: number, work: () => T): { ms: number; cpuMs: number; result: T } {
  const times: number[] = [];
  const cpuTimes: number[] = [];
  let result: T;
  do {
    const [elapsedMs, cpuMs] = [startTimer(), startCpuTimer()];
    result = work();
    times.push(elapsedMs());
    cpuTimes.push(cpuMs());
  } while (times.length < runs);
  return { ms: percentile(times, 0.5), cpuMs: percentile(cpuTimes, 0.5), result };
}
