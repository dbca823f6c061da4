import type { Random } from "@trellis/base";
import type { SchemaDatabase } from "@trellis/platform/db";
import type { Envelope } from "@trellis/platform/secrets";
import { sql } from "kysely";
import { checkText } from "./entryInIsolation.ts";
import { ledgerErrors } from "./errors.ts";
import type { LedgerTables } from "./LedgerTables.ts";
import { BATCH_ENTRIES_MAX } from "./limits.ts";

export interface CustomerDraft {
  readonly reference: string;
}

export interface Customer {
  readonly reference: string;
  readonly addedAtMs: number;
  readonly isErased: boolean;
}

const KEY_SIZE = 32;

export async function addCustomers(
  { db, schema }: SchemaDatabase<LedgerTables>,
  drafts: readonly CustomerDraft[],
  addedAtMs: number,
  { random, envelope }: { readonly random: Random; readonly envelope: Envelope },
): Promise<number> {
  if (drafts.length === 0 || drafts.length > BATCH_ENTRIES_MAX) {
    throw ledgerErrors.LEDGER_BATCH_SIZE({ size: drafts.length, sizeMax: BATCH_ENTRIES_MAX });
  }
  for (const { reference } of drafts) {
    const problem = checkText("customer", reference);
    if (problem !== undefined) throw problem;
  }
  const references = [...new Set(drafts.map(({ reference }) => reference))];
  const sealed = references.map((reference) =>
    Buffer.from(envelope.seal(keyContext(reference), random.bytes(KEY_SIZE))).toString("hex"),
  );
  const { rows } = await sql`
    INSERT INTO ${sql.table(`${schema}.customers`)} (reference, sealed_key, added_at_ms)
    SELECT reference, decode(sealed, 'hex'), ${addedAtMs}::bigint
    FROM unnest(${references}::text[], ${sealed}::text[]) WITH ORDINALITY AS new(reference, sealed, n) ORDER BY n
    ON CONFLICT (reference) DO NOTHING RETURNING customer_id`.execute(db);
  return rows.length;
}

/** Binds a sealed key to its customer. */
export function keyContext(reference: string): string {
  return `customer-key/${reference}`;
}

export async function findCustomer(
  { db }: SchemaDatabase<LedgerTables>,
  reference: string,
): Promise<Customer & { readonly customerId: bigint; readonly sealedKey: Uint8Array | null }> {
  const row = await db
    .selectFrom("customers")
    .selectAll()
    .where("reference", "=", asQueried(reference))
    .executeTakeFirst();
  if (row === undefined)
    throw ledgerErrors.LEDGER_UNKNOWN({ reason: "no such customer", customer: reference.slice(0, 128) });
  return {
    customerId: row.customer_id,
    reference: row.reference,
    addedAtMs: Number(row.added_at_ms),
    sealedKey: row.sealed_key,
    isErased: row.sealed_key === null,
  };
}

export async function listCustomers(
  database: SchemaDatabase<LedgerTables>,
  { after, limit }: { readonly after?: string; readonly limit: number },
): Promise<Customer[]> {
  const from = after === undefined ? 0n : (await findCustomer(database, after)).customerId;
  const rows = await database.db
    .selectFrom("customers")
    .selectAll()
    .where("customer_id", ">", from)
    .orderBy("customer_id")
    .limit(limit)
    .execute();
  return rows.map(({ reference, added_at_ms, sealed_key }) => ({
    reference,
    addedAtMs: Number(added_at_ms),
    isErased: sealed_key === null,
  }));
}

/** PostgreSQL rejects NUL characters; no stored text contains one. */
export function asQueried(text: string): string {
  return text.includes("\0") ? "" : text;
}
