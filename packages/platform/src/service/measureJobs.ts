import type { Metrics } from "@trellis/base";
import type { Jobs } from "../jobs/index.ts";
import { platformMetrics } from "../metrics.ts";

export function measureJobs(jobs: Pick<Jobs, "counts">, metrics: Metrics): () => Promise<void> {
  const counted = metrics.gauge(platformMetrics.trellis_jobs);
  return async () => {
    for (const [kind, counts] of await jobs.counts())
      for (const [state, count] of Object.entries(counts)) counted.set(count, { kind, state });
  };
}
