import type { SchemaDatabase } from "@trellis/platform/db";
import { type Selectable, sql } from "kysely";
import type { HistoryQuery, Opportunity, OpportunityHistory } from "./ArbitrageLedger.ts";
import { rowToDecision, rowToExecution, rowToFill, rowToOpportunity, rowToSimulation } from "./rows.ts";
import type { LedgerTables } from "./schema.ts";

type Rows = Pick<SchemaDatabase<LedgerTables>, "db">;

export async function readOpportunity({ db }: Rows, id: string): Promise<Opportunity | undefined> {
  const row = await db.selectFrom("opportunities").selectAll().where("id", "=", id).executeTakeFirst();
  return row && rowToOpportunity(row);
}

export async function readHistory(tables: Rows, id: string): Promise<OpportunityHistory | undefined> {
  const found = await tables.db.selectFrom("opportunities").selectAll().where("id", "=", id).execute();
  const [history] = await withParts(tables, found);
  return history;
}

export async function readHistories(
  tables: Rows,
  { limit, after, token, outcomes, ids, fromMs, toMs }: HistoryQuery,
): Promise<OpportunityHistory[]> {
  let query = tables.db
    .selectFrom("opportunities")
    .selectAll()
    .orderBy("found_at_ms", "desc")
    .orderBy("id", "desc")
    .limit(limit);
  if (after !== undefined)
    query = query.where(sql<boolean>`(found_at_ms, id) < (${BigInt(after.foundAtMs)}, ${after.id})`);
  if (token !== undefined) query = query.where("token", "=", token);
  if (outcomes !== undefined) query = query.where("outcome", "in", [...outcomes]);
  if (ids !== undefined) query = query.where("id", "in", [...ids]);
  if (fromMs !== undefined) query = query.where("found_at_ms", ">=", BigInt(fromMs));
  if (toMs !== undefined) query = query.where("found_at_ms", "<", BigInt(toMs));
  return withParts(tables, await query.execute());
}

async function withParts(
  { db }: Rows,
  found: readonly Selectable<LedgerTables["opportunities"]>[],
): Promise<OpportunityHistory[]> {
  if (found.length === 0) return [];
  const ids = found.map(({ id }) => id);
  const times = [...new Set(found.map(({ series_ms }) => series_ms))];
  const partsOf = <Table extends "simulations" | "decisions">(table: Table) =>
    db
      .selectFrom(table as "decisions")
      .selectAll()
      .where("opportunity_id", "in", ids)
      .where("series_ms", "in", times)
      .orderBy("sequence")
      .execute() as unknown as Promise<Selectable<LedgerTables[Table]>[]>;
  const [simulations, decisions, executions, fills] = await Promise.all([
    partsOf("simulations"),
    partsOf("decisions"),
    db.selectFrom("executions").selectAll().where("opportunity_id", "in", ids).execute(),
    db.selectFrom("fills").selectAll().where("opportunity_id", "in", ids).orderBy("place").execute(),
  ]);
  const of = <Row extends { readonly opportunity_id: string }>(rows: readonly Row[]) =>
    Map.groupBy(rows, ({ opportunity_id }) => opportunity_id);
  const [simulated, decided, filled] = [of(simulations), of(decisions), of(fills)];
  const executed = new Map(executions.map((row) => [row.opportunity_id, row]));
  return found.map((row) => {
    const execution = executed.get(row.id);
    return {
      ...rowToOpportunity(row),
      outcome: row.outcome,
      simulations: (simulated.get(row.id) ?? []).map(rowToSimulation),
      decisions: (decided.get(row.id) ?? []).map(rowToDecision),
      execution: execution && rowToExecution(execution),
      fills: (filled.get(row.id) ?? []).map(rowToFill),
    };
  });
}
