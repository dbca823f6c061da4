import type { SchemaDatabase } from "@trellis/platform/db";
import { snapshotsErrors } from "./errors.ts";
import type { SnapshotTables } from "./schema.ts";

/**
 * Ends a snapshot that was begun and is not signed: of it nothing was published, and its number is the next one's.
 * Whoever builds it stores nothing any more that counts.
 * @param attempt whose end it is; anybody's unless given
 * @throws SNAPSHOT_UNKNOWN, SNAPSHOT_SIGNED, SNAPSHOT_TAKEN_OVER
 */
export async function endSnapshot(
  { transaction }: SchemaDatabase<SnapshotTables>,
  { number, attempt }: { readonly number: bigint; readonly attempt?: bigint },
): Promise<void> {
  await transaction(async (tx) => {
    // Held first: chunks refer to it, so that none is added meanwhile.
    const row = await tx
      .selectFrom("snapshots")
      .select(["state", "attempt"])
      .where("number", "=", number)
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined) throw snapshotsErrors.SNAPSHOT_UNKNOWN({ number });
    if (attempt !== undefined && row.attempt !== attempt)
      throw snapshotsErrors.SNAPSHOT_TAKEN_OVER({ number, attempt });
    if (row.state === "signed") throw snapshotsErrors.SNAPSHOT_SIGNED({ number });
    await tx.deleteFrom("tree_chunks").where("number", "=", number).execute();
    await tx.deleteFrom("forgotten_leaves").where("number", "=", number).execute();
    await tx.deleteFrom("snapshots").where("number", "=", number).execute();
  });
}
