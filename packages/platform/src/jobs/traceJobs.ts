import type { Tracing } from "@trellis/base";
import { formatTraceparent, parseTraceparent } from "../tracing/traceContext.ts";
import type { JobRun, Jobs } from "./Jobs.ts";

/** A job continues the trace of its cause, in any process. */
export function traceJobs(jobs: Jobs, tracing: Tracing | undefined): Jobs {
  if (tracing === undefined) return jobs;
  return {
    ...jobs,
    add(kind, data, options) {
      const current = tracing.current();
      if (current?.isSampled !== true) return jobs.add(kind, data, options);
      const facts = { "messaging.destination.name": kind };
      return tracing.span(`add ${kind}`, { kind: "producer", facts }, () => {
        const traceparent = formatTraceparent(tracing.current() ?? current);
        return jobs.add(kind, data, { ...options, traceparent });
      });
    },
    work<Data>(kind: string, run: (job: JobRun<Data>) => Promise<unknown>) {
      return jobs.work<Data>(kind, (job) => {
        const facts = { "trellis.job.id": job.id, "trellis.job.attempt": job.attempt };
        const parent = job.traceparent === undefined ? undefined : parseTraceparent(job.traceparent);
        return tracing.span(`job ${kind}`, { kind: "consumer", facts, parent }, () => run(job));
      });
    },
  };
}
