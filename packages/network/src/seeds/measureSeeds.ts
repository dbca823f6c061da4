import type { Counter, Gauge, Metrics } from "@trellis/base";
import { networkMetrics } from "../metrics.ts";

interface SeedMeters {
  readonly addresses: Gauge;
  readonly lookups: Counter;
}

export function measureSeeds(metrics: Metrics): SeedMeters {
  const addresses = metrics.gauge(networkMetrics.trellis_network_seed_addresses);
  const lookups = metrics.counter(networkMetrics.trellis_network_seed_lookups_total);
  for (const outcome of ["resolved", "failed"]) lookups.add(0, { outcome });
  return { addresses, lookups };
}
