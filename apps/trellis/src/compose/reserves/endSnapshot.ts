import type { SchemaDatabase } from "@trellis/platform/db";
import type { Jobs } from "@trellis/platform/jobs";
import { SNAPSHOT_JOB, type Snapshots } from "@trellis/reserves/snapshots";
import type { ServiceTables } from "./schema.ts";

/** Ends a snapshot that is not signed, and the job that takes it, which would begin another. */
export function endSnapshot({
  tables: { db },
  snapshots,
  jobs,
}: {
  readonly tables: Pick<SchemaDatabase<ServiceTables>, "db">;
  readonly snapshots: Pick<Snapshots, "list" | "end">;
  readonly jobs: Pick<Jobs, "list" | "cancel">;
}): Snapshots["end"] {
  return async (number) => {
    const [newest] = await snapshots.list({ limit: 1 });
    const isOpen = newest?.number === number && newest.state !== "signed";
    if (isOpen) {
      for (const { id, state } of await jobs.list(SNAPSHOT_JOB.name, LOOKED_AT))
        if (state === "running" || state === "waiting") await jobs.cancel(SNAPSHOT_JOB.name, id);
    }
    await snapshots.end(number);
    await forgetJobs(number, db);
  };
}

/** One runs at a time, and few wait. */
const LOOKED_AT = 50;

/** Whoever has the number next is another snapshot. */
export async function forgetJobs(number: number, db: SchemaDatabase<ServiceTables>["db"]): Promise<void> {
  await db
    .deleteFrom("snapshot_jobs")
    .where("number", "=", BigInt(number))
    .where("is_told", "=", false)
    .execute();
}
