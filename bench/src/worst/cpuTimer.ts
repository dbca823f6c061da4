const CPU_MS_MIN = 0.001;

/** Measures the process, because Linux updates a thread's time only at scheduling. */
export function startCpuTimer(): () => number {
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return Math.max(CPU_MS_MIN, (user + system) / 1_000);
  };
}
