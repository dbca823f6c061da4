import type { SchemaDatabase } from "@trellis/platform/db";
import type { LedgerTables } from "./LedgerTables.ts";

/** Imports that ended, and imports that were begun and never ended. */
export type LeftImports = "ended" | "abandoned";

const STATES: Readonly<Record<LeftImports, readonly string[]>> = {
  ended: ["entered", "refused"],
  abandoned: ["reading", "read"],
};

/**
 * What is left of imports that nothing was done with since a time: their reports, and lines that were read and not
 * entered. Entries stay: a file that comes again under the name is read again, and its entries count as replayed.
 * @returns how many, whether or not they are removed
 */
export async function removeImports(
  { db }: SchemaDatabase<LedgerTables>,
  which: LeftImports,
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
