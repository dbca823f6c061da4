import type { JobRun, Jobs } from "@trellis/platform/jobs";

export interface Scheduled {
  readonly isScheduled?: boolean;
}

const LOOKED_AT = 50;

/** Skips a job if another of its kind has completed since the job was added. */
export function skipDuplicateJob<Data>(
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
