import type { Clock } from "@trellis/base";
import type { JobKind, JobRun } from "@trellis/platform/jobs";
import type { Snapshots } from "./openSnapshots.ts";

/** Building is one at a time, since each record names the one before it, and is tried again until it ends. */
export const SNAPSHOT_JOB: { readonly name: "snapshot"; readonly kind: JobKind } = {
  name: "snapshot",
  kind: { isExclusive: true, retriesMax: 10, retryPauseS: 2, timeoutS: 6 * 3_600 },
};

export interface SnapshotJobData {
  readonly number: number;
}

/** How often progress is written. ms */
const PROGRESS_MS = 1_000;

/** What a worker does for one job: the same snapshot may be given to several workers, one after another. */
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
        // A cancelled job ends by its signal; progress that cannot be written delays nothing.
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
