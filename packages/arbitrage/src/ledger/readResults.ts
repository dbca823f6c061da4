import type { SchemaDatabase } from "@trellis/platform/db";
import { type RawBuilder, sql } from "kysely";
import type { Asset, AssetResult, Period, PeriodResult, TimeRange } from "./ArbitrageLedger.ts";
import type { LedgerTables, OpportunityOutcome } from "./schema.ts";

type Rows = Pick<SchemaDatabase<LedgerTables>, "db">;

export async function readResults({ db }: Rows, time: TimeRange): Promise<AssetResult[]> {
  const rows = await db
    .selectFrom("movements")
    .select(["chain_id", "asset", ...SUMS])
    .where("kind", "in", ["profit", "gas"])
    .where("recorded_at_ms", ">=", BigInt(time.fromMs))
    .where("recorded_at_ms", "<", BigInt(time.toMs))
    .groupBy(["chain_id", "asset"])
    .orderBy("chain_id")
    .orderBy("asset")
    .execute();
  return rows.map(rowToResult);
}

export async function readPerformance(
  { db }: Rows,
  { fromMs, toMs }: TimeRange,
  period: Period,
): Promise<PeriodResult[]> {
  const booked = await db
    .selectFrom("movements")
    .select(["chain_id", "asset", beginOf(period, "recorded_at_ms").as("begin"), ...SUMS])
    .where("kind", "in", ["profit", "gas"])
    .where("recorded_at_ms", ">=", BigInt(fromMs))
    .where("recorded_at_ms", "<", BigInt(toMs))
    .groupBy(["begin", "chain_id", "asset"])
    .orderBy("chain_id")
    .orderBy("asset")
    .execute();
  const found = await db
    .selectFrom("opportunities")
    .select(["outcome", beginOf(period, "found_at_ms").as("begin"), sql<bigint>`count(*)`.as("count")])
    .where("found_at_ms", ">=", BigInt(fromMs))
    .where("found_at_ms", "<", BigInt(toMs))
    .groupBy(["begin", "outcome"])
    .execute();
  const results = Map.groupBy(booked, ({ begin }) => Number(begin));
  const counts = Map.groupBy(found, ({ begin }) => Number(begin));
  const begins = [...new Set([...results.keys(), ...counts.keys()])].sort((a, b) => a - b);
  return begins.map((begin) => {
    const outcomes = noOutcomes();
    for (const { outcome, count } of counts.get(begin) ?? []) outcomes[outcome] = Number(count);
    return { fromMs: begin, outcomes, assets: (results.get(begin) ?? []).map(rowToResult) };
  });
}

export function noOutcomes(): Record<OpportunityOutcome, number> {
  return { found: 0, refused: 0, recorded: 0, open: 0, executed: 0, reverted: 0, expired: 0 };
}

const SUMS = [
  sumOf("profit").as("profit"),
  sumOf("gas").as("gas"),
  sql<string>`coalesce(sum(reference), 0)::text`.as("reference"),
  sql<bigint>`count(*) FILTER (WHERE reference IS NULL)`.as("unpriced"),
] as const;

function sumOf(kind: string): RawBuilder<string> {
  return sql<string>`coalesce(sum(amount) FILTER (WHERE kind = ${kind}), 0)::text`;
}

/** In ms (UTC). */
function beginOf(period: Period, column: "recorded_at_ms" | "found_at_ms"): RawBuilder<bigint> {
  const time = sql`to_timestamp(${sql.ref(column)} / 1000.0) AT TIME ZONE 'UTC'`;
  return sql<bigint>`(extract(epoch FROM date_trunc(${sql.lit(period)}, ${time})) * 1000)::bigint`;
}

function rowToResult(row: {
  readonly chain_id: bigint;
  readonly asset: string;
  readonly profit: string;
  readonly gas: string;
  readonly reference: string;
  readonly unpriced: bigint;
}): AssetResult {
  return {
    chainId: Number(row.chain_id),
    asset: row.asset as Asset,
    profit: BigInt(row.profit),
    gas: BigInt(row.gas),
    reference: BigInt(row.reference),
    unpricedCount: Number(row.unpriced),
  };
}
