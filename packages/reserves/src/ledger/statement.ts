import { findCustomer } from "./customers.ts";
import { ledgerErrors } from "./errors.ts";
import { findAsset, toEntry } from "./history.ts";
import type { AccountSide } from "./kinds.ts";
import type { LedgerEntry } from "./LedgerEntry.ts";
import { type LedgerStore, openBalance } from "./sealing.ts";

export interface StatementRange {
  readonly customer: string;
  readonly asset: string;
  readonly side?: AccountSide;
  /** `after` is exclusive, `upTo` inclusive. */
  readonly after: bigint;
  readonly upTo: bigint;
}

export interface Statement extends StatementRange {
  readonly opening: bigint;
  readonly closing: bigint;
  readonly lines: readonly LedgerEntry[];
}

export async function readStatement(database: LedgerStore, range: StatementRange): Promise<Statement> {
  const { customerId } = await findCustomer(database, range.customer);
  const { assetId } = await findAsset(database, range.asset);
  const head = await database.db.selectFrom("head").select("position").executeTakeFirstOrThrow();
  const { after, upTo } = range;
  if (after < 0n || upTo < after || upTo > head.position) {
    throw ledgerErrors.LEDGER_UNKNOWN({ reason: "no such position", after, upTo, head: head.position });
  }
  const account = database.db
    .selectFrom("entries")
    .selectAll()
    .where("customer_id", "=", customerId)
    .where("asset_id", "=", assetId)
    .where("is_debt", "=", range.side === "debt");
  const before = await account
    .where("position", "<=", after)
    .orderBy("sequence", "desc")
    .limit(1)
    .executeTakeFirst();
  const rows = await account
    .where("position", ">", after)
    .where("position", "<=", upTo)
    .orderBy("sequence")
    .execute();
  const { ciphers } = database;
  const names = { customer: range.customer, symbol: range.asset };
  const lines = rows.map((row) => toEntry({ ...row, ...names }, ciphers));
  const opening = before === undefined ? 0n : openBalance(ciphers, before, before.sealed_balance);
  return { ...range, opening, closing: lines.at(-1)?.balance ?? opening, lines };
}
