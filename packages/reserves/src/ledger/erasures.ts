import { sql } from "kysely";
import { findCustomer } from "./customers.ts";
import { ledgerErrors } from "./errors.ts";
import { type LedgerStore, openName } from "./sealing.ts";

export interface Erasure {
  readonly customer: string;
  /** A transaction that reads a number also sees all smaller numbers. */
  readonly number: bigint;
}

const ERASE_LOCK = 0x74726c65;

/** Idempotent: a repeated erasure keeps its number. */
export async function eraseCustomerKey(tables: LedgerStore, reference: string): Promise<void> {
  const { customerId } = await findCustomer(tables, reference);
  const customers = sql.table(`${tables.schema}.customers`);
  await tables.transaction(async (tx) => {
    await sql`SELECT pg_advisory_xact_lock(${ERASE_LOCK})`.execute(tx);
    await sql`
      UPDATE ${customers} SET sealed_key = NULL, erasure = (SELECT coalesce(max(erasure), 0) + 1 FROM ${customers})
      WHERE customer_id = ${customerId} AND sealed_key IS NOT NULL`.execute(tx);
  });
}

export async function readErasures({ db, ciphers }: LedgerStore, after: bigint): Promise<Erasure[]> {
  const rows = await db
    .selectFrom("customers")
    .select(["customer_id", "sealed_reference", "erasure"])
    .where("erasure", ">", after)
    .orderBy("erasure")
    .execute();
  return rows.map(({ customer_id, sealed_reference, erasure }) => ({
    customer: openName(ciphers, customer_id, sealed_reference),
    number: erasure!,
  }));
}

export async function refuseErased(
  { db, ciphers }: LedgerStore,
  references: readonly string[],
): Promise<void> {
  const erased = await db
    .selectFrom("customers")
    .select(["customer_id", "sealed_reference"])
    .where("reference_index", "in", references.map(ciphers.nameIndex))
    .where("erasure", "is not", null)
    .limit(1)
    .executeTakeFirst();
  if (erased === undefined) return;
  const customer = openName(ciphers, erased.customer_id, erased.sealed_reference);
  throw ledgerErrors.LEDGER_CUSTOMER_ERASED({ customer });
}
