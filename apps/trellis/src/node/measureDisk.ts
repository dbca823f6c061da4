import { statfs } from "node:fs/promises";
import type { Log, Metrics, Scheduler } from "@trellis/base";
import { keepMeasuring } from "@trellis/platform/service";
import { storeBytes } from "@trellis/storage";
import { chainDirectory, indexDirectory } from "./dataDirectory.ts";

interface DiskPorts {
  readonly metrics: Metrics;
  readonly scheduler: Scheduler;
  readonly log: Log;
}

export function measureDisk(
  dataDir: string,
  { metrics, scheduler, log }: DiskPorts,
): Promise<{ stop(): void }> {
  const stored = metrics.gauge({
    name: "trellis_store_bytes",
    help: "Size of the chain's files and, if enabled, of the index.",
    labels: ["store"],
  });
  const free = metrics.gauge({
    name: "trellis_disk_free_bytes",
    help: "Free disk space for the data directory.",
  });
  const measure = async (): Promise<void> => {
    stored.set(storeBytes(chainDirectory(dataDir)), { store: "chain" });
    stored.set(storeBytes(indexDirectory(dataDir)), { store: "index" });
    const { bavail, bsize } = await statfs(dataDir);
    free.set(bavail * bsize);
  };
  const failed = (error: Error): void => log.warn("disk.measureFailed", { dataDir, error });
  return keepMeasuring(measure, failed, scheduler);
}
