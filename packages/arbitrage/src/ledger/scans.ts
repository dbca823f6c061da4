import type { SchemaDatabase } from "@trellis/platform/db";
import { sql } from "kysely";
import type { ArbitrageLedger, ScanRecord } from "./ArbitrageLedger.ts";
import { rowToScan, toJson } from "./rows.ts";
import type { LedgerTables } from "./schema.ts";

type Rows = Pick<SchemaDatabase<LedgerTables>, "db">;

export async function insertScan(
  { db }: Rows,
  { chainId, block, blockTimeMs, truncated, dropped, scannedAtMs, ...counts }: ScanRecord,
): Promise<void> {
  await db
    .insertInto("scans")
    .values({
      chain_id: BigInt(chainId),
      block_hash: block.hash,
      series_ms: BigInt(blockTimeMs),
      block_height: BigInt(block.height),
      ...counts,
      truncated: toJson(truncated),
      dropped: toJson(dropped),
      scanned_at_ms: BigInt(scannedAtMs),
    })
    .onConflict((conflict) =>
      conflict
        .columns(["block_hash", "chain_id", "series_ms"])
        .doUpdateSet((row) => ({
          found: row.ref("excluded.found"),
          examined: row.ref("excluded.examined"),
          sized: row.ref("excluded.sized"),
          trades: row.ref("excluded.trades"),
          truncated: row.ref("excluded.truncated"),
          dropped: row.ref("excluded.dropped"),
          scanned_at_ms: row.ref("excluded.scanned_at_ms"),
        }))
        .whereRef("excluded.examined", ">=", "scans.examined"),
    )
    .execute();
}

export async function readScans(
  { db }: Rows,
  ...[after, limit]: Parameters<ArbitrageLedger["scans"]>
): Promise<ScanRecord[]> {
  let query = db
    .selectFrom("scans")
    .selectAll()
    .orderBy("scanned_at_ms", "desc")
    .orderBy("block_hash", "desc")
    .limit(limit);
  if (after !== undefined)
    query = query.where(
      sql<boolean>`(scanned_at_ms, block_hash) < (${BigInt(after.scannedAtMs)}, ${after.hash})`,
    );
  return (await query.execute()).map(rowToScan);
}
