import type { Database } from "@trellis/platform/db";
import type { ArbitrageLedger, NonceSlotBooking } from "./ArbitrageLedger.ts";
import { readMovements, readMovementsAfter, readPositions, replaceMovements } from "./movements.ts";
import { readHistories, readHistory, readOpportunity } from "./readHistories.ts";
import { readPerformance, readResults } from "./readResults.ts";
import { seriesMsOf } from "./rows.ts";
import { insertScan, readScans } from "./scans.ts";
import { LEDGER_STEPS, type LedgerTables, SERIES_TABLES } from "./schema.ts";
import { openSeries } from "./series.ts";
import {
  type HistoryPlace,
  insertDecision,
  insertOpportunity,
  insertSimulation,
  insertSkipped,
  replaceExecution,
} from "./writeHistories.ts";

const SCHEMA = "arbitrage_ledger";
/** Of two concurrent writers, the second retries and finds the first one's rows. */
const SERIALIZABLE = { isolation: "serializable" } as const;

/** [ARB-25] */
export async function openLedger(database: Database, schema = SCHEMA): Promise<ArbitrageLedger> {
  const tables = await database.openSchema<LedgerTables>(schema, LEDGER_STEPS);
  const series = await openSeries(database, schema, SERIES_TABLES);
  return {
    storage: series.storage,
    async addOpportunity(opportunity) {
      await series.prepare(seriesMsOf(opportunity.route));
      await insertOpportunity(tables, opportunity);
    },
    addSimulation: (id, simulation) => insertSimulation(tables, id, simulation),
    addDecision: (id, decision) => insertDecision(tables, id, decision),
    async addSkipped(passed) {
      if (passed.length === 0) return;
      for (const { opportunity } of passed) await series.prepare(seriesMsOf(opportunity.route));
      await insertSkipped(tables, passed);
    },
    async addScan(scan) {
      await series.prepare(scan.blockTimeMs);
      await insertScan(tables, scan);
    },
    setSlot: (booking, nowMs) =>
      tables.transaction((db) => replaceSlot({ db, schema: tables.schema }, booking, nowMs), SERIALIZABLE),
    setMovements: (chainId, transactionHashes, movements, nowMs) =>
      tables.transaction(
        (db) => replaceMovements({ db }, chainId, transactionHashes, movements, nowMs),
        SERIALIZABLE,
      ),
    movementsOf: (chainId, transactionHashes) => readMovements(tables, chainId, transactionHashes),
    positions: (chainId, upToHeight) => readPositions(tables, chainId, upToHeight),
    results: (time) => readResults(tables, time),
    performance: (time, period) => readPerformance(tables, time, period),
    opportunity: (id) => readOpportunity(tables, id),
    history: (id) => readHistory(tables, id),
    histories: (query) => readHistories(tables, query),
    scans: (after, limit) => readScans(tables, after, limit),
    movements: (after, limit, time) => readMovementsAfter(tables, after, limit, time),
  };
}

async function replaceSlot(
  place: HistoryPlace,
  { chainId, transactionHashes, movements, executions, ...slot }: NonceSlotBooking,
  nowMs: number,
): Promise<void> {
  if (!(await advanceNonceSlot(place, chainId, slot))) return;
  await replaceMovements(place, chainId, transactionHashes, movements, nowMs);
  for (const { opportunityId, execution, fills } of executions)
    await replaceExecution(place, opportunityId, execution, fills);
}

async function advanceNonceSlot(
  { db }: HistoryPlace,
  chainId: number,
  { wallet, nonce, version }: Pick<NonceSlotBooking, "wallet" | "nonce" | "version">,
): Promise<boolean> {
  const row = await db
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
