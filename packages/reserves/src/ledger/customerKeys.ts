import { isTrellisError } from "@trellis/base";
import type { SchemaDatabase } from "@trellis/platform/db";
import { type Envelope, masterKeyOf } from "@trellis/platform/secrets";
import { sql } from "kysely";
import { keyContext } from "./customers.ts";
import { ledgerErrors } from "./errors.ts";
import type { LedgerTables } from "./LedgerTables.ts";

/** How many customers' keys are sealed under a master key. */
export interface MasterKeyUse {
  /** What tells the key and nothing of it, in hexadecimal; undefined for what is not sealed at all. */
  readonly masterKey: string | undefined;
  readonly customerCount: number;
  /** Whether it is the newest, under which all else is to be sealed. */
  readonly isNewest: boolean;
}

export interface RotationOptions {
  readonly signal?: AbortSignal;
  readonly report?: (progress: { readonly done: number; readonly total: number }) => void;
}

export interface Rotation {
  readonly rotatedCount: number;
  /** Under which master keys customers' keys are afterwards. */
  readonly masterKeys: readonly MasterKeyUse[];
}

type Tables = SchemaDatabase<LedgerTables>;

const PAGE_KEYS = 1_000;

/** Under which master keys the customers' keys are sealed; erased ones are under none. */
export async function readMasterKeys({ db, schema }: Tables, envelope: Envelope): Promise<MasterKeyUse[]> {
  const { rows } = await sql<{ prefix: string; count: bigint }>`
    SELECT encode(substring(sealed_key FROM 1 FOR ${envelope.prefix.length}), 'hex') AS prefix, count(*) AS count
    FROM ${sql.table(`${schema}.customers`)} WHERE sealed_key IS NOT NULL GROUP BY 1 ORDER BY 1`.execute(db);
  return rows.map(({ prefix, count }) => ({
    masterKey: masterKeyOf(Buffer.from(prefix, "hex")),
    customerCount: Number(count),
    isNewest: prefix === Buffer.from(envelope.prefix).toString("hex"),
  }));
}

/**
 * That the oldest customer's key and the newest's open: a start asks for no more, since there may be millions. A
 * rotation goes by age, so that the ends show one that has ended and one that goes on.
 * @throws LEDGER_MASTER_KEY_MISSING
 */
export async function requireMasterKeys({ db }: Tables, envelope: Envelope): Promise<void> {
  for (const direction of ["asc", "desc"] as const) {
    const row = await db
      .selectFrom("customers")
      .select(["reference", "sealed_key"])
      .where("sealed_key", "is not", null)
      .orderBy("customer_id", direction)
      .limit(1)
      .executeTakeFirst();
    if (row === undefined) return;
    const sealed = new Uint8Array(row.sealed_key!);
    try {
      envelope.open(keyContext(row.reference), sealed);
    } catch (error) {
      // One key that is damaged keeps nobody from starting.
      if (!isTrellisError(error, "ENVELOPE_KEY_UNKNOWN")) continue;
      throw ledgerErrors.LEDGER_MASTER_KEY_MISSING({ masterKey: masterKeyOf(sealed) }, error);
    }
  }
}

/**
 * Seals all customers' keys under the newest master key, a page at a time: whoever is interrupted goes on with those
 * that are not. The keys themselves stay, and with them salts and proofs. A key that was erased meanwhile stays so.
 * @throws LEDGER_KEYS_UNOPENED when all others are done
 */
export async function rotateCustomerKeys(
  tables: Tables,
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
    const sealed = page.flatMap((row) => resealed(row, envelope));
    unopenedCount += page.length - sealed.length;
    rotatedCount += await store(tables, sealed);
    after = last.customer_id;
    report?.({ done: rotatedCount, total });
  }
  const masterKeys = await readMasterKeys(tables, envelope);
  if (unopenedCount > 0) {
    const retired = masterKeys.filter(({ isNewest }) => !isNewest).map(({ masterKey }) => masterKey);
    throw ledgerErrors.LEDGER_KEYS_UNOPENED({ unopenedCount, rotatedCount, masterKeys: retired.join(" ") });
  }
  return { rotatedCount, masterKeys };
}

function countOf(uses: readonly MasterKeyUse[]): number {
  return uses.reduce((sum, { isNewest, customerCount }) => sum + (isNewest ? 0 : customerCount), 0);
}

interface SealedRow {
  readonly customer_id: bigint;
  readonly reference: string;
  readonly sealed_key: string;
}

async function nextPage({ db, schema }: Tables, envelope: Envelope, after: bigint): Promise<SealedRow[]> {
  const prefix = Buffer.from(envelope.prefix).toString("hex");
  const { rows } = await sql<SealedRow>`
    SELECT customer_id, reference, encode(sealed_key, 'hex') AS sealed_key
    FROM ${sql.table(`${schema}.customers`)}
    WHERE customer_id > ${after} AND sealed_key IS NOT NULL
      AND substring(sealed_key FROM 1 FOR ${envelope.prefix.length}) <> decode(${prefix}, 'hex')
    ORDER BY customer_id LIMIT ${PAGE_KEYS}`.execute(db);
  return rows;
}

interface Resealed extends SealedRow {
  readonly again: string;
}

/** Nothing where no master key at hand opens it: the others are not held up by it. */
function resealed(row: SealedRow, envelope: Envelope): Resealed[] {
  try {
    const again = envelope.rotate(keyContext(row.reference), Buffer.from(row.sealed_key, "hex"));
    return [{ ...row, again: Buffer.from(again).toString("hex") }];
  } catch {
    return [];
  }
}

/** Only over what was read: an erased key is not brought back, and of two that rotate at once one writes. */
async function store({ db, schema }: Tables, rows: readonly Resealed[]): Promise<number> {
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
