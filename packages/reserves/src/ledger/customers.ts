import type { Random } from "@trellis/base";
import { type Envelope, secretsErrors } from "@trellis/platform/secrets";
import { sql } from "kysely";
import { checkText } from "./entryInIsolation.ts";
import { ledgerErrors } from "./errors.ts";
import { BATCH_ENTRIES_MAX } from "./limits.ts";
import { hex, type LedgerStore, openName, sealName } from "./sealing.ts";

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
  store: LedgerStore,
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
  const { db, schema, ciphers } = store;
  const customers = `${schema}.customers`;
  // Encryption binds each name to its customer id, so ids are allocated first.
  const { rows: drawn } = await sql<{ id: bigint }>`
    SELECT nextval(pg_get_serial_sequence(${customers}, 'customer_id')) AS id
    FROM generate_series(1, ${references.length}::integer)`.execute(db);
  const ids = drawn.map(({ id }) => id).toSorted((a, b) => (a < b ? -1 : 1));
  const keys = references.map((reference) =>
    hex(envelope.seal(keyContext(reference), random.bytes(KEY_SIZE))),
  );
  const { rows } = await sql`
    INSERT INTO ${sql.table(customers)} (customer_id, reference_index, sealed_reference, sealed_key, added_at_ms)
    OVERRIDING SYSTEM VALUE
    SELECT id, decode(name_index, 'hex'), decode(name, 'hex'), decode(key, 'hex'), ${addedAtMs}::bigint
    FROM unnest(${ids}::bigint[], ${references.map((name) => hex(ciphers.nameIndex(name)))}::text[],
      ${references.map((name, n) => hex(sealName(ciphers, ids[n]!, name)))}::text[], ${keys}::text[]
    ) WITH ORDINALITY AS new(id, name_index, name, key, n) ORDER BY n
    ON CONFLICT (reference_index) DO NOTHING RETURNING customer_id`.execute(db);
  return rows.length;
}

export function keyContext(reference: string): string {
  return `customer-key/${reference}`;
}

export async function findCustomer(
  { db, ciphers }: LedgerStore,
  reference: string,
): Promise<Customer & { readonly customerId: bigint; readonly sealedKey: Uint8Array | null }> {
  const row = await db
    .selectFrom("customers")
    .selectAll()
    .where("reference_index", "=", ciphers.nameIndex(reference))
    .executeTakeFirst();
  if (row === undefined)
    throw ledgerErrors.LEDGER_UNKNOWN({ reason: "no such customer", customer: reference.slice(0, 128) });
  // An index copied from another row must not open another customer's account.
  if (openName(ciphers, row.customer_id, row.sealed_reference) !== reference)
    throw secretsErrors.ENVELOPE_BROKEN({ reason: "index belongs to another customer" });
  return {
    customerId: row.customer_id,
    reference,
    addedAtMs: Number(row.added_at_ms),
    sealedKey: row.sealed_key,
    isErased: row.sealed_key === null,
  };
}

export async function listCustomers(
  store: LedgerStore,
  { after, limit }: { readonly after?: string; readonly limit: number },
): Promise<Customer[]> {
  const from = after === undefined ? 0n : (await findCustomer(store, after)).customerId;
  const rows = await store.db
    .selectFrom("customers")
    .selectAll()
    .where("customer_id", ">", from)
    .orderBy("customer_id")
    .limit(limit)
    .execute();
  return rows.map(({ customer_id, sealed_reference, added_at_ms, sealed_key }) => ({
    reference: openName(store.ciphers, customer_id, sealed_reference),
    addedAtMs: Number(added_at_ms),
    isErased: sealed_key === null,
  }));
}

/** PostgreSQL rejects NUL. The empty text matches nothing, because no stored text is empty. */
export function asQueried(text: string): string {
  return text.includes("\0") ? "" : text;
}
