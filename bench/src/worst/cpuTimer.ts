/** So that a quotient is finite. */
const CPU_MS_MIN = 0.001;

/**
 * Milliseconds on a processor since it was started, of the whole process: its other threads do little, and the time of
 * one thread alone is only known to some milliseconds (Linux updates it when the thread is scheduled).
 */
export function startCpuTimer(): () => number {
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return Math.max(CPU_MS_MIN, (user + system) / 1_000);
  };
}
