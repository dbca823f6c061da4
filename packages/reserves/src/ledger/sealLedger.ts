import { rewriteTable } from "@trellis/platform/atRest";
import { splitStatements } from "@trellis/platform/db";
import { sql, type Transaction } from "kysely";
import type { LedgerTables } from "./LedgerTables.ts";
import { sealedRules } from "./sealedSchema.ts";
import {
  type EntryPlace,
  type FlowPlace,
  hex,
  type LedgerStore,
  sealBalance,
  sealContent,
  sealFlow,
  sealName,
} from "./sealing.ts";

const PAGE_ROWS = 2_000;
const SEAL_LOCK = 0x74726c6c;

type Tx = Transaction<LedgerTables>;

/** Resumable. Rewrites the tables, because dropped columns stay in the files. [REST-5] */
export async function sealLedger(store: LedgerStore): Promise<void> {
  const { db } = store;
  const { state } = await db.selectFrom("sealing").select("state").executeTakeFirstOrThrow();
  if (state === "done") return;
  let count = 0;
  if (state === "plain") {
    for (const page of [sealCustomers, sealEntries]) {
      for (let after: bigint | undefined = 0n; after !== undefined; ) {
        const from: bigint = after;
        after = await inTurn(store, (tx) => page(store, tx, from));
        if (after !== undefined) count += 1;
      }
    }
    await inTurn(store, (tx) => finish(store, tx));
  }
  if (count > 0 || state === "sealed") await rewrite(store);
  await db.updateTable("sealing").set({ state: "done" }).where("state", "=", "sealed").execute();
}

/** @returns undefined if another process has finished */
function inTurn<T>({ transaction }: LedgerStore, work: (tx: Tx) => Promise<T>): Promise<T | undefined> {
  return transaction(async (tx) => {
    await sql`SELECT pg_advisory_xact_lock(${SEAL_LOCK})`.execute(tx);
    const { state } = await tx.selectFrom("sealing").select("state").executeTakeFirstOrThrow();
    return state === "plain" ? work(tx) : undefined;
  });
}

async function sealCustomers(
  { schema, ciphers }: LedgerStore,
  tx: Tx,
  after: bigint,
): Promise<bigint | undefined> {
  const customers = sql.table(`${schema}.customers`);
  const { rows } = await sql<{ customer_id: bigint; reference: string }>`
    SELECT customer_id, reference FROM ${customers} WHERE customer_id > ${after} AND sealed_reference IS NULL
    ORDER BY customer_id LIMIT ${PAGE_ROWS}`.execute(tx);
  if (rows.length === 0) return undefined;
  await sql`
    UPDATE ${customers} AS customer SET reference_index = decode(name_index, 'hex'), sealed_reference = decode(name, 'hex')
    FROM unnest(${rows.map(({ customer_id }) => customer_id)}::bigint[],
      ${rows.map(({ reference }) => hex(ciphers.nameIndex(reference)))}::text[],
      ${rows.map(({ customer_id, reference }) => hex(sealName(ciphers, customer_id, reference)))}::text[]
    ) AS fresh(customer_id, name_index, name) WHERE customer.customer_id = fresh.customer_id`.execute(tx);
  return rows.at(-1)!.customer_id;
}

interface PlainEntry extends EntryPlace {
  readonly amount: string;
  readonly balance: string;
  readonly key: string;
  readonly reference: string;
}

async function sealEntries(
  { schema, ciphers }: LedgerStore,
  tx: Tx,
  after: bigint,
): Promise<bigint | undefined> {
  const entries = sql.table(`${schema}.entries`);
  const { rows } = await sql<PlainEntry>`
    SELECT * FROM ${entries} WHERE position > ${after} AND content IS NULL
    ORDER BY position LIMIT ${PAGE_ROWS}`.execute(tx);
  if (rows.length === 0) return undefined;
  const content = (row: PlainEntry) => sealContent(ciphers, row, { ...row, amount: BigInt(row.amount) });
  await sql`
    UPDATE ${entries} AS entry SET key_index = decode(fresh.key_index, 'hex'), content = decode(fresh.content, 'hex'),
      sealed_balance = decode(fresh.balance, 'hex')
    FROM unnest(${rows.map(({ position }) => position)}::bigint[],
      ${rows.map(({ key }) => hex(ciphers.keyIndex(key)))}::text[], ${rows.map((row) => hex(content(row)))}::text[],
      ${rows.map((row) => hex(sealBalance(ciphers, row, BigInt(row.balance))))}::text[]
    ) AS fresh(position, key_index, content, balance) WHERE entry.position = fresh.position`.execute(tx);
  return rows.at(-1)!.position;
}

async function finish({ schema, ciphers }: LedgerStore, tx: Tx): Promise<void> {
  const table = (name: string) => sql.table(`${schema}.${name}`);
  // Updating all rows may exceed the timeout.
  await sql`SET LOCAL statement_timeout = 0`.execute(tx);
  await sql`
    UPDATE ${table("accounts")} AS account SET sealed_balance = entry.sealed_balance FROM ${table("entries")} AS entry
    WHERE entry.position = account.last_position`.execute(tx);
  const { rows } = await sql<FlowPlace & { amount: string }>`
    SELECT asset_id, kind, entry_count, amount FROM ${table("flows")}`.execute(tx);
  for (const row of rows) {
    const sealed = hex(sealFlow(ciphers, row, BigInt(row.amount)));
    await sql`UPDATE ${table("flows")} SET sealed_amount = decode(${sealed}, 'hex')
      WHERE asset_id = ${row.asset_id} AND kind = ${row.kind}`.execute(tx);
  }
  for (const statement of splitStatements(sealedRules(schema))) await sql.raw(statement).execute(tx);
  await tx.updateTable("sealing").set({ state: "sealed" }).execute();
}

async function rewrite({ schema, database }: LedgerStore): Promise<void> {
  for (const table of ["customers", "entries", "accounts", "flows", "imports"])
    await rewriteTable(database, `${schema}.${table}`);
}
