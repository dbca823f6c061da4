export const CPU_MODES = ["user", "nice", "system", "irq", "idle"] as const;
export type CpuMode = (typeof CPU_MODES)[number];

export interface Host {
  /** Since the start of the machine, of all cores. */
  cpuSeconds(): Readonly<Record<CpuMode, number>>;
  memory(): { readonly totalBytes: number; readonly availableBytes: number };
  /** Of the file system with this path; undefined if the path does not exist. */
  volume(path: string): Promise<{ readonly sizeBytes: number; readonly availableBytes: number } | undefined>;
}
