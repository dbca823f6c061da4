import { totalmem } from "node:os";
import { constrainedMemory, memoryUsage } from "node:process";
import type { Clock, Gauge, Metrics, Scheduler, Timer } from "@trellis/base";
import { platformMetrics } from "../metrics.ts";
import type { Pressure } from "./Pressure.ts";

const SAMPLE_MS = 500;

export function watchLoad(
  pressure: Pressure,
  {
    clock,
    scheduler,
    metrics,
  }: { readonly clock: Clock; readonly scheduler: Scheduler; readonly metrics: Metrics },
): () => void {
  const share: Gauge = metrics.gauge(platformMetrics.trellis_guard_low_priority_ratio);
  const memoryMax = constrainedMemory() || totalmem();
  let busy = performance.eventLoopUtilization();
  let dueMs = 0;
  let timer: Timer;
  share.set(1);
  const arm = (): void => {
    dueMs = clock.nowMs() + SAMPLE_MS;
    timer = scheduler.after(SAMPLE_MS, sample);
  };
  function sample(): void {
    const now = performance.eventLoopUtilization();
    const { utilization: cpu } = performance.eventLoopUtilization(now, busy);
    busy = now;
    const delayMs = Math.max(0, clock.nowMs() - dueMs);
    pressure.sample({ delayMs, cpu, memory: memoryUsage.rss() / Math.min(memoryMax, totalmem()) });
    share.set(pressure.share);
    arm();
  }
  arm();
  return () => timer.cancel();
}
