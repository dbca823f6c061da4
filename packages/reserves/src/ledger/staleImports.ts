import type { SchemaDatabase } from "@trellis/platform/db";
import type { LedgerTables } from "./LedgerTables.ts";

export type StaleImports = "ended" | "abandoned";

const STATES: Readonly<Record<StaleImports, readonly string[]>> = {
  ended: ["entered", "refused"],
  abandoned: ["reading", "read"],
};

/** Keeps the ledger entries, which a repeated import counts as replayed. */
export async function removeImports(
  { db }: SchemaDatabase<LedgerTables>,
  which: StaleImports,
  beforeMs: number,
  isDryRun: boolean,
): Promise<number> {
  const [states, before] = [STATES[which], BigInt(beforeMs)];
  if (isDryRun) {
    const { count } = await db
      .selectFrom("imports")
      .select(({ fn }) => fn.countAll<bigint>().as("count"))
      .where("state", "in", states)
      .where("changed_at_ms", "<", before)
      .executeTakeFirstOrThrow();
    return Number(count);
  }
  const { numDeletedRows } = await db
    .deleteFrom("imports")
    .where("state", "in", states)
    .where("changed_at_ms", "<", before)
    .executeTakeFirst();
  return Number(numDeletedRows);
}
