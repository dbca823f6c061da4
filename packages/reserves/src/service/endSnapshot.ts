import { isTrellisError } from "@trellis/base";
import type { SchemaDatabase } from "@trellis/platform/db";
import type { Jobs } from "@trellis/platform/jobs";
import { SNAPSHOT_JOB, type Snapshots } from "../snapshots/index.ts";
import type { ServiceTables } from "./schema.ts";

/** Also cancels the jobs, which would otherwise begin another snapshot. */
export function endSnapshot({
  tables: { db },
  snapshots,
  jobs,
}: {
  readonly tables: Pick<SchemaDatabase<ServiceTables>, "db">;
  readonly snapshots: Pick<Snapshots, "end">;
  readonly jobs: Pick<Jobs, "cancel">;
}): Snapshots["end"] {
  return async (number) => {
    const rows = await db
      .selectFrom("snapshot_jobs")
      .select("job_id")
      .where("number", "=", BigInt(number))
      .where("is_told", "=", false)
      .execute();
    const ids = rows.map(({ job_id }) => job_id);
    // First, because `end` throws for a signed snapshot, which the job must then publish.
    await snapshots.end(number);
    for (const id of ids) {
      await jobs.cancel(SNAPSHOT_JOB.name, id).catch((error: unknown) => {
        if (!isTrellisError(error, "JOB_UNKNOWN")) throw error;
      });
    }
    if (ids.length > 0) await db.deleteFrom("snapshot_jobs").where("job_id", "in", ids).execute();
  };
}
