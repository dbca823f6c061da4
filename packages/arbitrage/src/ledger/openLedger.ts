import type { Hex } from "@trellis/base";
import type { Database } from "@trellis/platform/db";
import { type Kysely, sql, type Transaction } from "kysely";
import type { ArbitrageLedger, Asset, Movement, SlotBooking } from "./ArbitrageLedger.ts";
import { differencesOf } from "./movementDifferences.ts";
import { readHistories, readHistory, readOpportunity } from "./readHistories.ts";
import { readPerformance, readResults } from "./readResults.ts";
import { rowToMovement, rowToScan, seriesMsOf, toJson } from "./rows.ts";
import { LEDGER_STEPS, type LedgerTables, SERIES_TABLES } from "./schema.ts";
import { openSeries } from "./series.ts";
import {
  insertDecision,
  insertOpportunity,
  insertPassedOver,
  insertSimulation,
  replaceExecution,
} from "./writeHistories.ts";

const SCHEMA = "arbitrage_ledger";

/** The books in the service's database. [ARB-25] */
export async function openLedger(database: Database, schema = SCHEMA): Promise<ArbitrageLedger> {
  const tables = await database.openSchema<LedgerTables>(schema, LEDGER_STEPS);
  const series = await openSeries(database, schema, SERIES_TABLES);
  const { db } = tables;
  const histories = { db, schema: tables.schema };
  return {
    storage: series.storage,
    async addOpportunity(opportunity) {
      await series.prepare(seriesMsOf(opportunity.route));
      await insertOpportunity(histories, opportunity);
    },
    addSimulation: (id, simulation) => insertSimulation(histories, id, simulation),
    addDecision: (id, decision) => insertDecision(histories, id, decision),
    async addPassedOver(passed) {
      if (passed.length === 0) return;
      for (const { opportunity } of passed) await series.prepare(seriesMsOf(opportunity.route));
      await insertPassedOver(histories, passed);
    },
    async addScan({ chainId, block, blockTimeMs, truncated, dropped, scannedAtMs, ...counts }) {
      await series.prepare(blockTimeMs);
      await db
        .insertInto("scans")
        .values({
          ...{ chain_id: BigInt(chainId), block_hash: block.hash, series_ms: BigInt(blockTimeMs) },
          ...{ block_height: BigInt(block.height), ...counts },
          ...{ truncated: toJson(truncated), dropped: toJson(dropped) },
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
    },
    async setSlot({ chainId, transactionHashes, movements, executions, ...slot }, nowMs) {
      await tables.transaction(
        async (transaction) => {
          if (!(await advanceSlot(transaction, chainId, slot))) return;
          await setMovements(transaction, chainId, transactionHashes, movements, nowMs);
          for (const { opportunityId, execution, fills } of executions)
            await replaceExecution({ ...histories, db: transaction }, opportunityId, execution, fills);
        },
        { isolation: "serializable" },
      );
    },
    async setMovements(chainId, transactionHashes, movements, nowMs) {
      await tables.transaction(
        (transaction) => setMovements(transaction, chainId, transactionHashes, movements, nowMs),
        // Two that enter the same at once: one begins again and finds it.
        { isolation: "serializable" },
      );
    },
    movementsOf: (chainId, transactionHashes) => readMovements(db, chainId, transactionHashes),
    async positions(chainId, upToHeight) {
      const rows = await db
        .selectFrom("movements")
        .select((select) => ["account", "asset", select.fn.sum<string>("amount").as("amount")])
        .where("chain_id", "=", BigInt(chainId))
        .where("block_height", "<=", BigInt(upToHeight))
        .groupBy(["account", "asset"])
        .orderBy("account")
        .orderBy("asset")
        .execute();
      return rows.map(({ account, asset, amount }) => ({
        account: account as Hex,
        asset: asset as Asset,
        amount: BigInt(amount),
      }));
    },
    results: (time) => readResults(tables, time),
    performance: (time, period) => readPerformance(tables, time, period),
    opportunity: (id) => readOpportunity(tables, id),
    history: (id) => readHistory(tables, id),
    histories: (query) => readHistories(tables, query),
    async scans(after, limit) {
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
    },
    async movements(after, limit, time) {
      let query = db.selectFrom("movements").selectAll().where("position", ">", after).orderBy("position");
      if (time !== undefined)
        query = query
          .where("recorded_at_ms", ">=", BigInt(time.fromMs))
          .where("recorded_at_ms", "<", BigInt(time.toMs));
      return (await query.limit(limit).execute()).map((row) => ({
        ...rowToMovement(row),
        position: row.position,
      }));
    },
  };
}

/** Whether this version of the slot is the one to be entered: none that is later was. */
async function advanceSlot(
  transaction: Transaction<LedgerTables>,
  chainId: number,
  { wallet, nonce, version }: Pick<SlotBooking, "wallet" | "nonce" | "version">,
): Promise<boolean> {
  const row = await transaction
    .insertInto("slots")
    .values({ chain_id: BigInt(chainId), wallet, nonce: BigInt(nonce), version: BigInt(version) })
    .onConflict((conflict) =>
      conflict
        .columns(["chain_id", "wallet", "nonce"])
        .doUpdateSet({ version: BigInt(version) })
        .where("slots.version", "<=", BigInt(version)),
    )
    .returning("version")
    .executeTakeFirst();
  return row !== undefined;
}

async function readMovements(
  db: Kysely<LedgerTables>,
  chainId: number,
  transactionHashes: readonly Hex[],
): Promise<Movement[]> {
  const rows = await db
    .selectFrom("movements")
    .selectAll()
    .where("chain_id", "=", BigInt(chainId))
    .where("transaction_hash", "in", [...transactionHashes])
    .orderBy("position")
    .execute();
  return rows.map(rowToMovement);
}

/** Enters the difference between what is wanted and what was entered, by transaction, block, account, asset, kind. */
async function setMovements(
  transaction: Transaction<LedgerTables>,
  chainId: number,
  transactionHashes: readonly Hex[],
  wanted: readonly Movement[],
  nowMs: number,
): Promise<void> {
  const entered = await readMovements(transaction, chainId, transactionHashes);
  const values = differencesOf(entered, wanted).map(({ movement, amount, reference }) => ({
    chain_id: BigInt(chainId),
    account: movement.account,
    asset: movement.asset,
    kind: movement.kind,
    amount: String(amount),
    reference: reference === undefined ? null : String(reference),
    opportunity_id: movement.opportunityId ?? null,
    transaction_hash: movement.transactionHash,
    block_height: BigInt(movement.block.height),
    block_hash: movement.block.hash,
    recorded_at_ms: BigInt(nowMs),
  }));
  if (values.length > 0)
    await transaction
      .insertInto("movements")
      .values(values as never)
      .execute();
}
