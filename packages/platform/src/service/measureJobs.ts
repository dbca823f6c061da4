import type { Metrics } from "@trellis/base";
import type { Jobs } from "../jobs/index.ts";

export function measureJobs(jobs: Pick<Jobs, "counts">, metrics: Metrics): () => Promise<void> {
  const counted = metrics.gauge({
    name: "trellis_jobs",
    help: "Waiting, running and dead-letter jobs by kind.",
    labels: ["kind", "state"],
  });
  return async () => {
    for (const [kind, counts] of await jobs.counts())
      for (const [state, count] of Object.entries(counts)) counted.set(count, { kind, state });
  };
}
