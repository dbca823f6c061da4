import type { Clock } from "@trellis/base";
import type { JobKind, JobRun } from "@trellis/platform/jobs";
import type { Snapshots } from "./openSnapshots.ts";

/** Serial, because each record contains its predecessor's hash. */
export const SNAPSHOT_JOB: { readonly name: "snapshot"; readonly kind: JobKind } = {
  name: "snapshot",
  kind: { isExclusive: true, retriesMax: 10, retryPauseS: 2, timeoutS: 6 * 3_600 },
};

export interface SnapshotJobData {
  readonly number: number;
}

const PROGRESS_MS = 1_000;

export function snapshotJob(
  snapshots: Snapshots,
  { clock }: { readonly clock: Clock },
): (job: JobRun<SnapshotJobData>) => Promise<{ readonly number: number; readonly root: string }> {
  return async (job) => {
    let writtenMs = Number.NEGATIVE_INFINITY;
    let phaseWritten = "";
    let writing: Promise<void> | undefined;
    const { record } = await snapshots.build(job.data.number, {
      signal: job.signal,
      report({ phase, done, total }) {
        const isDue = phase !== phaseWritten || clock.nowMs() - writtenMs >= PROGRESS_MS;
        if (!isDue || writing !== undefined) return;
        writtenMs = clock.nowMs();
        phaseWritten = phase;
        writing = job
          .progress({ phase, done, ...(total === undefined ? {} : { total }) })
          .catch(() => {})
          .finally(() => {
            writing = undefined;
          });
      },
    });
    await writing;
    return { number: record.number, root: record.root };
  };
}
