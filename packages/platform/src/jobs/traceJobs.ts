import type { Tracing } from "../tracing/Tracing.ts";
import type { JobRun, Jobs } from "./Jobs.ts";

export function traceJobs(jobs: Jobs, tracing: Tracing | undefined): Jobs {
  if (tracing === undefined) return jobs;
  return {
    ...jobs,
    work<Data>(kind: string, run: (job: JobRun<Data>) => Promise<unknown>) {
      return jobs.work<Data>(kind, (job) => {
        const facts = { "trellis.job.id": job.id, "trellis.job.attempt": job.attempt };
        return tracing.span(`job ${kind}`, { kind: "consumer", facts }, () => run(job));
      });
    },
  };
}
