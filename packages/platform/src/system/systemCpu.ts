/** Processor time of all threads of this process, in µs. */
export function systemCpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
