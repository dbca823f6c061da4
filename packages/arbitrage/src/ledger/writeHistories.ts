import { type Kysely, type RawBuilder, sql } from "kysely";
import type {
  DecisionRecord,
  ExecutionRecord,
  Fill,
  Opportunity,
  SimulationRecord,
  SkippedTrade,
} from "./ArbitrageLedger.ts";
import { ledgerErrors } from "./errors.ts";
import { outcomeAfter, UNSENT_OUTCOMES } from "./outcomeAfter.ts";
import { opportunityToRow, seriesMsOf, toJson } from "./rows.ts";
import type { LedgerTables } from "./schema.ts";

// Each write is one statement: a statement takes about 1 ms in an embedded database.

export interface HistoryPlace {
  readonly db: Kysely<LedgerTables>;
  readonly schema: string;
}

export async function insertOpportunity({ db }: HistoryPlace, opportunity: Opportunity): Promise<void> {
  await db
    .insertInto("opportunities")
    .values({ ...opportunityToRow(opportunity), outcome: "found" })
    .onConflict((conflict) => conflict.columns(["id", "series_ms"]).doNothing())
    .execute();
}

export async function insertSimulation(
  place: HistoryPlace,
  id: string,
  { simulator, isSuccess, profit, gasUsed, failure, simulatedAtMs }: SimulationRecord,
): Promise<void> {
  const { simulations, opportunities } = tablesOf(place);
  await enter(
    place,
    id,
    sql`
    INSERT INTO ${simulations} (opportunity_id, series_ms, sequence, simulator, is_success, profit, gas_used, failure, simulated_at_ms)
    SELECT id, series_ms, ${nextSequence(simulations, id)}, ${simulator}, ${isSuccess}::boolean, ${String(profit)}::numeric,
      ${String(gasUsed)}::numeric, ${failure ?? null}, ${simulatedAtMs}::bigint
    FROM ${opportunities} WHERE id = ${id} RETURNING opportunity_id`,
  );
}

export async function insertDecision(
  place: HistoryPlace,
  id: string,
  decision: DecisionRecord,
): Promise<void> {
  const { decisions, opportunities } = tablesOf(place);
  const { stage, is_go, code, reason, figures, decided_at_ms } = decisionToRow(decision);
  const outcome = outcomeAfter(decision) ?? null;
  await enter(
    place,
    id,
    sql`
    WITH changed AS (
      UPDATE ${opportunities} SET outcome = ${outcome}::text
      WHERE id = ${id} AND ${outcome}::text IS NOT NULL AND outcome = ANY(${[...UNSENT_OUTCOMES]}::text[]))
    INSERT INTO ${decisions} (opportunity_id, series_ms, sequence, stage, is_go, code, reason, figures, decided_at_ms)
    SELECT id, series_ms, ${nextSequence(decisions, id)}, ${stage}, ${is_go}::boolean, ${code}, ${reason}, ${figures},
      ${decided_at_ms}::bigint
    FROM ${opportunities} WHERE id = ${id} RETURNING opportunity_id`,
  );
}

/** Does not overwrite decided trades. */
export async function insertSkipped({ db }: HistoryPlace, passed: readonly SkippedTrade[]): Promise<void> {
  // A common order prevents deadlocks.
  const sorted = passed.toSorted((a, b) => (a.opportunity.id < b.opportunity.id ? -1 : 1));
  await db
    .with("passed", (build) =>
      build
        .insertInto("opportunities")
        .values(
          sorted.map(({ opportunity }) => ({
            ...opportunityToRow(opportunity),
            outcome: "refused" as const,
          })),
        )
        .onConflict((conflict) =>
          conflict
            .columns(["id", "series_ms"])
            .doUpdateSet({ outcome: "refused" })
            .where("opportunities.outcome", "=", "found"),
        ),
    )
    .insertInto("decisions")
    .values(
      sorted.map(({ opportunity: { id, route }, decision }) => ({
        opportunity_id: id,
        series_ms: BigInt(seriesMsOf(route)),
        sequence: 1,
        ...decisionToRow(decision),
      })),
    )
    .onConflict((conflict) => conflict.columns(["opportunity_id", "sequence", "series_ms"]).doNothing())
    .execute();
}

/** Has no effect after the retention period. */
export async function replaceExecution(
  place: HistoryPlace,
  id: string,
  { wallet, nonce, outcome, inclusion, changedAtMs }: ExecutionRecord,
  fills: readonly Fill[],
): Promise<void> {
  const { opportunities, executions, fills: filled } = tablesOf(place);
  const rows = toJson(fills.map(fillToRow));
  await sql`
    WITH found AS (UPDATE ${opportunities} SET outcome = ${outcome} WHERE id = ${id} RETURNING id),
    executed AS (
      INSERT INTO ${executions} (opportunity_id, wallet, nonce, outcome, transaction_hash, block_height, block_hash, gas_used, gas_price_wei, l1_fee_wei, changed_at_ms)
      SELECT id, ${wallet}, ${nonce}::bigint, ${outcome}, ${inclusion?.transactionHash ?? null},
        ${inclusion?.block.height ?? null}::bigint, ${inclusion?.block.hash ?? null},
        ${textOf(inclusion?.gasUsed)}::numeric, ${textOf(inclusion?.gasPriceWei)}::numeric,
        ${textOf(inclusion?.l1FeeWei)}::numeric, ${changedAtMs}::bigint
      FROM found
      ON CONFLICT (opportunity_id) DO UPDATE SET
        (wallet, nonce, outcome, transaction_hash, block_height, block_hash, gas_used, gas_price_wei, l1_fee_wei, changed_at_ms)
        = (excluded.wallet, excluded.nonce, excluded.outcome, excluded.transaction_hash, excluded.block_height,
          excluded.block_hash, excluded.gas_used, excluded.gas_price_wei, excluded.l1_fee_wei, excluded.changed_at_ms)
      RETURNING opportunity_id),
    gone AS (
      DELETE FROM ${filled} AS fill USING executed
      WHERE fill.opportunity_id = executed.opportunity_id AND place >= ${fills.length}::integer),
    told AS (
      INSERT INTO ${filled} (opportunity_id, place, pool, token_in, amount_in, token_out, amount_out)
      SELECT opportunity_id, place, pool, token_in, amount_in, token_out, amount_out
      FROM executed, jsonb_to_recordset(${rows}::jsonb)
        AS fill(place integer, pool text, token_in text, amount_in numeric, token_out text, amount_out numeric)
      ON CONFLICT (opportunity_id, place) DO UPDATE SET (pool, token_in, amount_in, token_out, amount_out)
        = (excluded.pool, excluded.token_in, excluded.amount_in, excluded.token_out, excluded.amount_out))
    SELECT id FROM found`.execute(place.db);
}

/** @param statement returns a row if the opportunity exists */
async function enter({ db }: HistoryPlace, id: string, statement: RawBuilder<unknown>): Promise<void> {
  const { rows } = await statement.execute(db);
  if (rows.length === 0) throw ledgerErrors.OPPORTUNITY_NOT_FOUND({ id });
}

function tablesOf({ schema }: HistoryPlace) {
  const table = (name: keyof LedgerTables) => sql.table(`${schema}.${name}`);
  return {
    opportunities: table("opportunities"),
    simulations: table("simulations"),
    decisions: table("decisions"),
    executions: table("executions"),
    fills: table("fills"),
  };
}

function nextSequence(table: RawBuilder<unknown>, id: string) {
  return sql`(SELECT coalesce(max(sequence), 0) + 1 FROM ${table} WHERE opportunity_id = ${id})`;
}

function decisionToRow({ stage, isGo, code, reason, figures, decidedAtMs }: DecisionRecord) {
  return { stage, is_go: isGo, code, reason, figures: toJson(figures), decided_at_ms: BigInt(decidedAtMs) };
}

function fillToRow({ place, pool, tokenIn, amountIn, tokenOut, amountOut }: Fill) {
  return { place, pool, token_in: tokenIn, amount_in: amountIn, token_out: tokenOut, amount_out: amountOut };
}

function textOf(number: bigint | undefined): string | null {
  return number === undefined ? null : String(number);
}
