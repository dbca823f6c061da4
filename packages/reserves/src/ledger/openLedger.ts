import type { Clock, Random } from "@trellis/base";
import type { AtRest } from "@trellis/platform/atRest";
import type { Database } from "@trellis/platform/db";
import type { Envelope } from "@trellis/platform/secrets";
import { sql, type Transaction } from "kysely";
import { auditLedger } from "./auditLedger.ts";
import { balancesAt } from "./balancesAt.ts";
import { missingMasterKey, readMasterKeys } from "./customerKeys.ts";
import { addCustomers, findCustomer, keyContext, listCustomers } from "./customers.ts";
import { type ChangedBalance, type EnteredBatch, enterBatch } from "./enterBatch.ts";
import { sumsAt } from "./entryContents.ts";
import { eraseCustomerKey, readErasures, refuseErased } from "./erasures.ts";
import { ledgerErrors } from "./errors.ts";
import { readFlows } from "./flows.ts";
import { readEntries, readHistory } from "./history.ts";
import { importCsv } from "./importCsv.ts";
import { indexImports } from "./indexImports.ts";
import { type AccountSide, DEBT_KINDS, ENTRY_KINDS, type EntryKindName } from "./kinds.ts";
import type { EntryOutcome, Ledger, LedgerAsset, LedgerTotals } from "./Ledger.ts";
import type { LedgerTables } from "./LedgerTables.ts";
import { ASSETS_MAX, BATCH_ENTRIES_MAX, DECIMALS_MAX } from "./limits.ts";
import { openRotation } from "./openRotation.ts";
import { LEDGER_STEPS } from "./schema.ts";
import { type LedgerStore, ledgerCiphers, openBalance, openFlow } from "./sealing.ts";
import { sealLedger } from "./sealLedger.ts";
import { removeImports } from "./staleImports.ts";
import { readStatement } from "./statement.ts";

export interface LedgerPorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly envelope: Envelope;
  readonly atRest: AtRest;
  /** Called in each batch's transaction, except for file imports. */
  readonly announce?: Announce;
}

export type Announce = (
  transaction: Transaction<LedgerTables>,
  changed: readonly ChangedBalance[],
) => Promise<void>;

const ASSET_SYMBOL = /^[A-Za-z0-9._:/-]{1,64}$/;

export async function openLedger(ports: LedgerPorts, schema = "reserves"): Promise<Ledger> {
  const { clock, envelope } = ports;
  const tables = await openTables(ports, schema);
  const { db } = tables;
  const rotate = openRotation(tables, ports);

  return {
    schema,
    addAsset: (asset) => addAsset(tables, asset),
    async assets() {
      return db.selectFrom("assets").select(["symbol", "decimals"]).orderBy("asset_id").execute();
    },
    addCustomers: (drafts) => addCustomers(tables, drafts, clock.nowMs(), ports),
    async customer(reference) {
      const { addedAtMs, isErased } = await findCustomer(tables, reference);
      return { reference, addedAtMs, isErased };
    },
    customers: (options) => listCustomers(tables, options),
    async customerKey(reference) {
      const { sealedKey } = await findCustomer(tables, reference);
      if (sealedKey === null) throw ledgerErrors.LEDGER_CUSTOMER_ERASED({ customer: reference });
      return envelope.open(keyContext(reference), sealedKey);
    },
    eraseCustomerKey: (reference) => eraseCustomerKey(tables, reference),
    erasures: (after) => readErasures(tables, after),
    refuseErased: (references) => refuseErased(tables, references),
    missingMasterKey: () => missingMasterKey(tables, envelope),
    masterKeys: () => readMasterKeys(tables, envelope),
    rotateKeys: rotate,
    enter: (drafts) => enter(tables, drafts, clock.nowMs(), ports.announce),
    position: async () => (await db.selectFrom("head").select("position").executeTakeFirstOrThrow()).position,
    balances: (customer, position) => readBalances(tables, "equity", customer, position),
    debts: (customer, position) => readBalances(tables, "debt", customer, position),
    flows: () => readFlows(tables),
    newestTotals: () => readNewestTotals(tables),
    totals: async (position) =>
      position === undefined
        ? (await readNewestTotals(tables)).totals
        : readTotals(tables, "equity", position),
    debtTotals: async (position) =>
      position === undefined ? (await readNewestTotals(tables)).debts : readTotals(tables, "debt", position),
    async hasDebts() {
      const some = await db
        .selectFrom("flows")
        .select("kind")
        .where("kind", "in", DEBT_KINDS)
        .limit(1)
        .executeTakeFirst();
      return some !== undefined;
    },
    balancesAt: (position, assets) => balancesAt(tables, position, assets),
    history: (account) => readHistory(tables, account),
    entries: (options) => readEntries(tables, options),
    statement: (range) => readStatement(tables, range),
    audit: () => auditLedger(tables),
    importCsv: (name, source, options) => importCsv(tables, name, source, clock, options),
    removeImports: (which, beforeMs, isDryRun) => removeImports(tables, which, beforeMs, isDryRun),
  };
}

type Tables = LedgerStore;

async function openTables({ database, atRest }: LedgerPorts, schema: string): Promise<LedgerStore> {
  const tables = await database.openSchema<LedgerTables>(schema, LEDGER_STEPS);
  const store = { ...tables, ciphers: await ledgerCiphers(atRest, tables) };
  await sealLedger(store);
  await indexImports(store, atRest);
  return store;
}

async function addAsset({ transaction, schema }: Tables, { symbol, decimals }: LedgerAsset): Promise<void> {
  const isSound = Number.isInteger(decimals) && decimals >= 0 && decimals <= DECIMALS_MAX;
  if (!ASSET_SYMBOL.test(symbol) || !isSound) {
    throw ledgerErrors.ENTRY_INVALID({
      reason: "asset id or decimals not allowed",
      asset: symbol.slice(0, 64),
      decimals,
    });
  }
  await transaction(async (tx) => {
    await sql`LOCK TABLE ${sql.table(`${schema}.assets`)} IN SHARE ROW EXCLUSIVE MODE`.execute(tx);
    const held = await tx.selectFrom("assets").select(["symbol", "decimals"]).execute();
    const known = held.find((one) => one.symbol === symbol);
    if (known !== undefined && known.decimals !== decimals)
      throw ledgerErrors.LEDGER_ASSET_CONFLICT({
        reason: "asset exists with other decimals",
        asset: symbol,
        decimals,
        held: known.decimals,
      });
    if (known !== undefined) return;
    if (held.length >= ASSETS_MAX)
      throw ledgerErrors.LEDGER_ASSET_CONFLICT({
        reason: "no room for another asset",
        asset: symbol,
        max: ASSETS_MAX,
      });
    await tx
      .insertInto("assets")
      .columns(["symbol", "decimals"])
      .expression(sql`VALUES (${symbol}::text, ${decimals}::integer)`)
      .execute();
  });
}

class Undone {
  readonly batch: EnteredBatch;
  constructor(batch: EnteredBatch) {
    this.batch = batch;
  }
}

async function enter(
  store: Tables,
  drafts: Parameters<Ledger["enter"]>[0],
  recordedAtMs: number,
  announce: Announce | undefined,
): Promise<EntryOutcome> {
  if (drafts.length === 0 || drafts.length > BATCH_ENTRIES_MAX) {
    throw ledgerErrors.LEDGER_BATCH_SIZE({ size: drafts.length, sizeMax: BATCH_ENTRIES_MAX });
  }
  try {
    const { position, enteredCount, replayedCount } = await store.transaction(async (tx) => {
      const batch = await enterBatch(tx, store, drafts, recordedAtMs);
      if (batch.problems.length > 0) throw new Undone(batch);
      if (batch.changed.length > 0) await announce?.(tx, batch.changed);
      return batch;
    });
    return { status: "entered", position, enteredCount, replayedCount };
  } catch (error) {
    if (error instanceof Undone) return { status: "refused", problems: error.batch.problems };
    throw error;
  }
}

async function readBalances(
  tables: Tables,
  side: AccountSide,
  customer: string,
  position: bigint | undefined,
): Promise<ReadonlyMap<string, bigint>> {
  const { customerId } = await findCustomer(tables, customer);
  const at = await checkPosition(tables, position);
  const { rows } = await sql<LedgerTables["entries"] & { symbol: string }>`
    SELECT symbol, last.* FROM ${sql.table(`${tables.schema}.assets`)} AS asset CROSS JOIN LATERAL (
      SELECT * FROM ${sql.table(`${tables.schema}.entries`)} AS entry
      WHERE customer_id = ${customerId} AND entry.asset_id = asset.asset_id AND is_debt = ${side === "debt"}
        AND position <= ${at}
      ORDER BY sequence DESC LIMIT 1
    ) AS last ORDER BY asset.asset_id`.execute(tables.db);
  return new Map(rows.map((row) => [row.symbol, openBalance(tables.ciphers, row, row.sealed_balance)]));
}

/** Uses a single statement for consistency. */
async function readNewestTotals({ db, schema, ciphers }: Tables): Promise<LedgerTotals> {
  const table = (name: string) => sql.table(`${schema}.${name}`);
  const { rows } = await sql<FlowRow & { position: bigint; symbol: string }>`
    SELECT (SELECT position FROM ${table("head")}) AS position, symbol, asset_id, kind, entry_count, sealed_amount
    FROM ${table("assets")} LEFT JOIN ${table("flows")} USING (asset_id) ORDER BY asset_id`.execute(db);
  const totals = new Map(rows.map(({ symbol }) => [symbol, 0n]));
  const debts = new Map(totals);
  for (const row of rows) {
    if (row.kind === null) continue;
    const side = ENTRY_KINDS[row.kind].side === "debt" ? debts : totals;
    const { asset_id, kind, entry_count, sealed_amount } = row as LedgerTables["flows"];
    const amount = openFlow(ciphers, { asset_id, kind, entry_count }, sealed_amount!);
    side.set(row.symbol, (side.get(row.symbol) ?? 0n) + amount);
  }
  return { position: rows[0]?.position ?? 0n, totals, debts };
}

interface FlowRow {
  readonly asset_id: number;
  readonly kind: EntryKindName | null;
  readonly entry_count: bigint | null;
  readonly sealed_amount: Uint8Array | null;
}

async function readTotals(
  tables: Tables,
  side: AccountSide,
  position: bigint,
): Promise<ReadonlyMap<string, bigint>> {
  const at = await checkPosition(tables, position);
  const isWanted = (kind: EntryKindName): boolean => ENTRY_KINDS[kind].side === side;
  return sumsAt(tables, isWanted, at, async (tx) => {
    const sums = new Map<number, bigint>();
    for (const row of await tx.selectFrom("flows").selectAll().execute()) {
      if (!isWanted(row.kind as EntryKindName)) continue;
      const amount = openFlow(tables.ciphers, row, row.sealed_amount!);
      sums.set(row.asset_id, (sums.get(row.asset_id) ?? 0n) + amount);
    }
    return sums;
  });
}

async function checkPosition(tables: Tables, position: bigint | undefined): Promise<bigint> {
  const head = await tables.db.selectFrom("head").select("position").executeTakeFirstOrThrow();
  if (position === undefined) return head.position;
  if (position < 0n || position > head.position) {
    throw ledgerErrors.LEDGER_UNKNOWN({ reason: "no such position", position, head: head.position });
  }
  return position;
}
