import type { Log } from "@trellis/base";
import { platformMetrics } from "../metrics.ts";
import type { PrometheusMetrics } from "./createPrometheusMetrics.ts";
import { CPU_MODES, type Host } from "./Host.ts";

interface HostPorts {
  readonly metrics: PrometheusMetrics;
  readonly host: Host;
  readonly log: Log;
}

/** @param volumes paths by the label `volume`; a path that does not exist has no series yet */
export function measureHost(volumes: Readonly<Record<string, string>>, ports: HostPorts): void {
  measureMachine(ports);
  for (const [volume, path] of Object.entries(volumes)) measureVolume(volume, path, ports);
}

function measureMachine({ metrics, host }: HostPorts): void {
  const cpu = metrics.counter(platformMetrics.trellis_host_cpu_seconds_total);
  const total = metrics.gauge(platformMetrics.trellis_host_memory_total_bytes);
  const available = metrics.gauge(platformMetrics.trellis_host_memory_available_bytes);
  const counted = new Map<string, number>();
  metrics.onScrape(() => {
    const seconds = host.cpuSeconds();
    for (const mode of CPU_MODES) {
      // A virtual machine's counters can step back.
      cpu.add(Math.max(0, seconds[mode] - (counted.get(mode) ?? 0)), { mode });
      counted.set(mode, seconds[mode]);
    }
    const { totalBytes, availableBytes } = host.memory();
    total.set(totalBytes);
    available.set(availableBytes);
  });
}

/** @param volume label */
export function measureVolume(volume: string, path: string, { metrics, host, log }: HostPorts): void {
  const size = metrics.gauge(platformMetrics.trellis_host_disk_size_bytes);
  const available = metrics.gauge(platformMetrics.trellis_host_disk_available_bytes);
  let isFailing = false;
  metrics.onScrape(async () => {
    try {
      const found = await host.volume(path);
      isFailing = false;
      if (found === undefined) return;
      size.set(found.sizeBytes, { volume });
      available.set(found.availableBytes, { volume });
    } catch (error) {
      if (!isFailing) log.warn("disk.measureFailed", { volume, path, error: error as Error });
      isFailing = true;
    }
  });
}
