import { isTrellisError } from "@trellis/base";
import { type Envelope, masterKeyOf, secretsErrors } from "@trellis/platform/secrets";
import { sql } from "kysely";
import { keyContext } from "./customers.ts";
import { hex, type LedgerStore, openName, unhex } from "./sealing.ts";

export interface MasterKeyUse {
  readonly masterKey: string | undefined;
  readonly customerCount: number;
  readonly isNewest: boolean;
}

export interface RotationOptions {
  readonly signal?: AbortSignal;
  readonly report?: (progress: { readonly done: number; readonly total: number }) => void;
}

export interface Rotation {
  readonly rotatedCount: number;
  readonly masterKeys: readonly MasterKeyUse[];
}

const PAGE_KEYS = 1_000;

export async function readMasterKeys(
  { db, schema }: LedgerStore,
  envelope: Envelope,
): Promise<MasterKeyUse[]> {
  const { rows } = await sql<{ prefix: string; count: bigint }>`
    SELECT encode(substring(sealed_key FROM 1 FOR ${envelope.prefix.length}), 'hex') AS prefix, count(*) AS count
    FROM ${sql.table(`${schema}.customers`)} WHERE sealed_key IS NOT NULL GROUP BY 1 ORDER BY 1`.execute(db);
  return rows.map(({ prefix, count }) => ({
    masterKey: masterKeyOf(Buffer.from(prefix, "hex")),
    customerCount: Number(count),
    isNewest: prefix === Buffer.from(envelope.prefix).toString("hex"),
  }));
}

/** Rotation proceeds from old to new keys, so checking the oldest and newest key suffices. */
export async function missingMasterKey(
  { db, ciphers }: LedgerStore,
  envelope: Envelope,
): Promise<string | undefined> {
  for (const direction of ["asc", "desc"] as const) {
    const row = await db
      .selectFrom("customers")
      .select(["customer_id", "sealed_reference", "sealed_key"])
      .where("sealed_key", "is not", null)
      .orderBy("customer_id", direction)
      .limit(1)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    try {
      const reference = openName(ciphers, row.customer_id, row.sealed_reference);
      envelope.open(keyContext(reference), new Uint8Array(row.sealed_key!));
    } catch (error) {
      // A single damaged key must not prevent startup.
      if (isTrellisError(error, "ENVELOPE_KEY_UNKNOWN")) return String(error.facts.keyId);
    }
  }
  return undefined;
}

export async function rotateCustomerKeys(
  tables: LedgerStore,
  envelope: Envelope,
  { signal, report }: RotationOptions = {},
): Promise<Rotation> {
  const total = countOf(await readMasterKeys(tables, envelope));
  let rotatedCount = 0;
  let unopenedCount = 0;
  for (let after = 0n; ; ) {
    signal?.throwIfAborted();
    const page = await nextPage(tables, envelope, after);
    const last = page.at(-1);
    if (last === undefined) break;
    const sealed = page.flatMap((row) => resealed(row, tables, envelope));
    unopenedCount += page.length - sealed.length;
    rotatedCount += await store(tables, sealed);
    after = last.customer_id;
    report?.({ done: rotatedCount, total });
  }
  const masterKeys = await readMasterKeys(tables, envelope);
  if (unopenedCount > 0) {
    const retired = masterKeys.filter(({ isNewest }) => !isNewest).map(({ masterKey }) => masterKey);
    throw secretsErrors.ENVELOPE_KEY_UNKNOWN({
      reason: "keys of some customers cannot be decrypted",
      unopenedCount,
      rotatedCount,
      masterKeys: retired.join(" "),
    });
  }
  return { rotatedCount, masterKeys };
}

function countOf(uses: readonly MasterKeyUse[]): number {
  return uses.reduce((sum, { isNewest, customerCount }) => sum + (isNewest ? 0 : customerCount), 0);
}

interface SealedRow {
  readonly customer_id: bigint;
  readonly sealed_reference: string;
  readonly sealed_key: string;
}

async function nextPage(
  { db, schema }: LedgerStore,
  envelope: Envelope,
  after: bigint,
): Promise<SealedRow[]> {
  const prefix = Buffer.from(envelope.prefix).toString("hex");
  const { rows } = await sql<SealedRow>`
    SELECT customer_id, encode(sealed_reference, 'hex') AS sealed_reference, encode(sealed_key, 'hex') AS sealed_key
    FROM ${sql.table(`${schema}.customers`)}
    WHERE customer_id > ${after} AND sealed_key IS NOT NULL
      AND substring(sealed_key FROM 1 FOR ${envelope.prefix.length}) <> decode(${prefix}, 'hex')
    ORDER BY customer_id LIMIT ${PAGE_KEYS}`.execute(db);
  return rows;
}

interface Resealed extends SealedRow {
  readonly again: string;
}

function resealed(row: SealedRow, { ciphers }: LedgerStore, envelope: Envelope): Resealed[] {
  try {
    const reference = openName(ciphers, row.customer_id, unhex(row.sealed_reference));
    return [{ ...row, again: hex(envelope.rotate(keyContext(reference), unhex(row.sealed_key))) }];
  } catch {
    return [];
  }
}

/** Compare-and-set, so that an erased key stays erased. */
async function store({ db, schema }: LedgerStore, rows: readonly Resealed[]): Promise<number> {
  if (rows.length === 0) return 0;
  const { numAffectedRows } = await sql`
    UPDATE ${sql.table(`${schema}.customers`)} AS customer SET sealed_key = decode(again, 'hex')
    FROM unnest(
      ${rows.map(({ customer_id }) => customer_id)}::bigint[], ${rows.map(({ sealed_key }) => sealed_key)}::text[],
      ${rows.map(({ again }) => again)}::text[]
    ) AS sealed(customer_id, held, again)
    WHERE customer.customer_id = sealed.customer_id AND customer.sealed_key = decode(held, 'hex')`.execute(
    db,
  );
  return Number(numAffectedRows ?? 0n);
}
