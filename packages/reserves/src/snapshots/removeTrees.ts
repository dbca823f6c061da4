import type { SchemaDatabase } from "@trellis/platform/db";
import type { SnapshotTables } from "./schema.ts";

/** Customers compare the newest snapshot with the previous one. */
const NEWEST_KEPT = 2;

/** Also removes chunks of superseded attempts. @returns snapshot numbers */
export async function removeTrees(
  { db, transaction }: SchemaDatabase<SnapshotTables>,
  beforeMs: number,
  { nowMs, isDryRun }: { readonly nowMs: number; readonly isDryRun: boolean },
): Promise<number[]> {
  const newest = await db
    .selectFrom("snapshots")
    .select("number")
    .where("state", "=", "signed")
    .orderBy("number", "desc")
    .limit(NEWEST_KEPT)
    .execute();
  const rows = await db
    .selectFrom("snapshots")
    .select(["number", "attempt"])
    .where("state", "=", "signed")
    .where("time_ms", "<", BigInt(beforeMs))
    .where("number", "<", newest.at(-1)?.number ?? 0n)
    .where("number", "not in", (removed) => removed.selectFrom("removed_trees").select("number"))
    .orderBy("number")
    .execute();
  if (isDryRun) return rows.map(({ number }) => Number(number));
  for (const { number } of rows) {
    await transaction(async (tx) => {
      const removed = { number, removed_at_ms: BigInt(nowMs) };
      await tx
        .insertInto("removed_trees")
        .values(removed)
        .onConflict((conflict) => conflict.column("number").doNothing())
        .execute();
      await tx.deleteFrom("tree_chunks").where("number", "=", number).execute();
    });
  }
  await removeOrphans(db);
  return rows.map(({ number }) => Number(number));
}

async function removeOrphans(db: SchemaDatabase<SnapshotTables>["db"]): Promise<void> {
  await db
    .deleteFrom("tree_chunks")
    .using("snapshots")
    .whereRef("tree_chunks.number", "=", "snapshots.number")
    .whereRef("tree_chunks.attempt", "<", "snapshots.attempt")
    .execute();
}
