import type { SchemaDatabase } from "@trellis/platform/db";
import { jobsErrors } from "@trellis/platform/jobs";
import { snapshotsErrors } from "./errors.ts";
import type { SnapshotTables } from "./schema.ts";

/** Later writes of a running builder have no effect. @param attempt default: any */
export async function endSnapshot(
  { transaction }: SchemaDatabase<SnapshotTables>,
  { number, attempt }: { readonly number: bigint; readonly attempt?: bigint },
): Promise<void> {
  await transaction(async (tx) => {
    // Locks the row that chunks reference, so that no chunk is added.
    const row = await tx
      .selectFrom("snapshots")
      .select(["state", "attempt"])
      .where("number", "=", number)
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined) throw snapshotsErrors.SNAPSHOT_UNKNOWN({ number });
    if (attempt !== undefined && row.attempt !== attempt)
      throw jobsErrors.LEASE_LOST({ reason: "snapshot taken over", number, attempt });
    if (row.state === "signed") throw snapshotsErrors.SNAPSHOT_SIGNED({ number });
    await tx.deleteFrom("tree_chunks").where("number", "=", number).execute();
    await tx.deleteFrom("forgotten_leaves").where("number", "=", number).execute();
    await tx.deleteFrom("snapshots").where("number", "=", number).execute();
  });
}
