import type { Database } from "@trellis/platform/db";
import { sql } from "kysely";
import { ANCHOR_STEPS, type AnchorTables } from "./schema.ts";

/** Fees of included anchors of all accounts. `toMs` is exclusive. */
export async function readAnchorFees(
  database: Database,
  schema = "reserves_anchoring",
): Promise<(fromMs: number, toMs: number) => Promise<bigint>> {
  const { db } = await database.openSchema<AnchorTables>(schema, ANCHOR_STEPS);
  const seenAtMs = sql<bigint>`(inclusion::jsonb #>> '{fee,seenAtMs}')::bigint`;
  return async (fromMs, toMs) => {
    const { wei } = await db
      .selectFrom("anchors")
      .select(sql<string>`coalesce(sum((inclusion::jsonb #>> '{fee,wei}')::numeric), 0)::text`.as("wei"))
      .where(seenAtMs, ">=", BigInt(fromMs))
      .where(seenAtMs, "<", BigInt(toMs))
      .executeTakeFirstOrThrow();
    return BigInt(wei);
  };
}
