import type { Clock } from "@trellis/base";
import type { SchemaDatabase } from "@trellis/platform/db";
import type { Events } from "@trellis/platform/events";
import type { JobRun } from "@trellis/platform/jobs";
import { type Snapshots, snapshotJob } from "@trellis/reserves/snapshots";
import type { ServiceAnchors } from "./openAnchors.ts";
import type { Publisher } from "./openPublisher.ts";
import type { ServiceTables } from "./schema.ts";

/** What the API puts into a job of the kind `snapshot`. */
export interface SnapshotRequest {
  readonly scheme: "sum" | "plain";
  readonly blockHeights: Readonly<Record<string, number>>;
}

export interface SnapshotParts {
  readonly tables: SchemaDatabase<ServiceTables>;
  readonly snapshots: Snapshots;
  readonly publisher: Publisher;
  readonly events: Events;
  readonly clock: Clock;
  /** Absent where nothing is anchored. */
  readonly anchors?: ServiceAnchors;
  /** Begins what takes records to the chain. */
  readonly kick: () => Promise<unknown>;
}

/** Begins, builds, signs and publishes. Each step is done once, however often the job is run. */
export function takeSnapshot(parts: SnapshotParts) {
  const build = snapshotJob(parts.snapshots, parts);
  return async (job: JobRun<SnapshotRequest>) => {
    const number = await numberOf(job, parts);
    const built = await build({ ...job, data: { number } });
    const logIndex = await parts.publisher.publish(number);
    await anchor(number, parts);
    await tell(job.id, { number, root: built.root, logIndex }, parts);
    return { ...built, logIndex };
  };
}

/** A later pass does what is not done in this one. */
async function anchor(number: number, { anchors, publisher, snapshots, kick }: SnapshotParts): Promise<void> {
  if (anchors === undefined) return;
  await anchors.request(number, { snapshots, log: publisher.log, placeOf: publisher.publish });
  await kick();
}

/** The snapshot of this job. One that was begun and not ended is taken over: it is what an attempt before left. */
async function numberOf(
  { id, data }: JobRun<SnapshotRequest>,
  { tables, snapshots }: SnapshotParts,
): Promise<number> {
  const known = await tables.db
    .selectFrom("snapshot_jobs")
    .select("number")
    .where("job_id", "=", id)
    .executeTakeFirst();
  if (known !== undefined) return Number(known.number);
  const [last] = await snapshots.list({ limit: 1 });
  const isLeft = last !== undefined && last.state !== "signed";
  const { scheme, blockHeights } = data;
  const number = isLeft ? last.number : await snapshots.begin({ scheme, blockHeights });
  await tables.db
    .insertInto("snapshot_jobs")
    .values({ job_id: id, number: BigInt(number), is_told: false })
    .execute();
  return number;
}

/** The event and the mark that it was told are one transaction. */
async function tell(jobId: string, data: object, { tables, events }: SnapshotParts): Promise<void> {
  await tables.transaction(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable("snapshot_jobs")
      .set({ is_told: true })
      .where("job_id", "=", jobId)
      .where("is_told", "=", false)
      .executeTakeFirst();
    if (numUpdatedRows === 1n) await events.publish(tx, [{ kind: "snapshot.published", data }]);
  });
}
