import type { JobRun, Jobs } from "@trellis/platform/jobs";

/** Of a job that the clock added. */
export interface Scheduled {
  readonly isScheduled?: boolean;
}

/** How many jobs may have been there when the clock added one. */
const LOOKED_AT = 50;

/**
 * Runs the work of an exclusive kind. A job of the clock that found another one running when it was added, or that
 * another one was faster than, is done without: what it was for has happened.
 */
export function skipDoubled<Data>(
  kind: string,
  jobs: Pick<Jobs, "find" | "list">,
  run: (job: JobRun<Data>) => Promise<unknown>,
) {
  return async (job: JobRun<Data & Scheduled>): Promise<unknown> => {
    if (job.data.isScheduled !== true) return run(job);
    const { addedAtMs } = await jobs.find(kind, job.id);
    const other = (await jobs.list(kind, LOOKED_AT)).find(
      ({ id, state, output, endedAtMs }) =>
        id !== job.id && state === "done" && (endedAtMs ?? 0) > addedAtMs && !isSkipped(output),
    );
    return other === undefined ? run(job) : { skippedFor: other.id };
  };
}

function isSkipped(output: unknown): boolean {
  const { value } = (output ?? {}) as { readonly value?: unknown };
  return typeof value === "object" && value !== null && "skippedFor" in value;
}
