import { statfs } from "node:fs/promises";
import { cpus, freemem, totalmem } from "node:os";
import type { Host } from "../metrics/Host.ts";

const MS_PER_S = 1_000;

export const systemHost: Host = {
  cpuSeconds() {
    const sum = { user: 0, nice: 0, system: 0, irq: 0, idle: 0 };
    for (const { times } of cpus()) {
      sum.user += times.user / MS_PER_S;
      sum.nice += times.nice / MS_PER_S;
      sum.system += times.sys / MS_PER_S;
      sum.irq += times.irq / MS_PER_S;
      sum.idle += times.idle / MS_PER_S;
    }
    return sum;
  },
  // On Linux, libuv reads MemAvailable.
  memory: () => ({ totalBytes: totalmem(), availableBytes: freemem() }),
  async volume(path) {
    try {
      const { blocks, bavail, bsize } = await statfs(path);
      return { sizeBytes: blocks * bsize, availableBytes: bavail * bsize };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  },
};
