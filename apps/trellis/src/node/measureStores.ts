import type { Log, Metrics, Scheduler } from "@trellis/base";
import { keepMeasuring } from "@trellis/platform/service";
import { storeBytes } from "@trellis/storage";
import { nodeMetrics } from "../metrics.ts";
import { chainDirectory, indexDirectory } from "./dataDirectory.ts";

interface StorePorts {
  readonly metrics: Metrics;
  readonly scheduler: Scheduler;
  readonly log: Log;
}

export function measureStores(
  dataDir: string,
  { metrics, scheduler, log }: StorePorts,
): Promise<{ stop(): void }> {
  const stored = metrics.gauge(nodeMetrics.trellis_store_bytes);
  const measure = async (): Promise<void> => {
    stored.set(storeBytes(chainDirectory(dataDir)), { store: "chain" });
    stored.set(storeBytes(indexDirectory(dataDir)), { store: "index" });
  };
  const failed = (error: Error): void => log.warn("store.measureFailed", { dataDir, error });
  return keepMeasuring(measure, failed, scheduler);
}
