import { asQueried, findCustomer } from "./customers.ts";
import { ledgerErrors } from "./errors.ts";
import type { AccountSide, EntryKindName } from "./kinds.ts";
import type { LedgerEntry } from "./LedgerEntry.ts";
import type { LedgerTables } from "./LedgerTables.ts";
import { type LedgerCiphers, type LedgerStore, openBalance, openContent, openName } from "./sealing.ts";

type EntryRow = LedgerTables["entries"] & { readonly customer: string; readonly symbol: string };

export function toEntry(row: EntryRow, ciphers: LedgerCiphers): LedgerEntry {
  const { amount, key, reference } = openContent(ciphers, row, row.content);
  return {
    position: row.position,
    key,
    customer: row.customer,
    asset: row.symbol,
    sequence: row.sequence,
    kind: row.kind as EntryKindName,
    amount,
    balance: openBalance(ciphers, row, row.sealed_balance),
    reference,
    happenedAtMs: Number(row.happened_at_ms),
    recordedAtMs: Number(row.recorded_at_ms),
  };
}

export async function findAsset(
  { db }: Pick<LedgerStore, "db">,
  symbol: string,
): Promise<{ readonly assetId: number; readonly decimals: number }> {
  const row = await db
    .selectFrom("assets")
    .selectAll()
    .where("symbol", "=", asQueried(symbol))
    .executeTakeFirst();
  if (row === undefined)
    throw ledgerErrors.LEDGER_UNKNOWN({ reason: "no such asset", asset: symbol.slice(0, 64) });
  return { assetId: row.asset_id, decimals: row.decimals };
}

export async function readHistory(
  database: LedgerStore,
  account: {
    readonly customer: string;
    readonly asset: string;
    readonly side?: AccountSide;
    readonly after?: bigint;
    readonly limit: number;
  },
): Promise<LedgerEntry[]> {
  const { customerId } = await findCustomer(database, account.customer);
  const { assetId } = await findAsset(database, account.asset);
  const rows = await database.db
    .selectFrom("entries")
    .selectAll()
    .where("customer_id", "=", customerId)
    .where("asset_id", "=", assetId)
    .where("is_debt", "=", account.side === "debt")
    .where("sequence", ">", account.after ?? 0n)
    .orderBy("sequence")
    .limit(account.limit)
    .execute();
  return rows.map((row) =>
    toEntry({ ...row, customer: account.customer, symbol: account.asset }, database.ciphers),
  );
}

export async function readEntries(
  { db, ciphers }: LedgerStore,
  { after = 0n, limit }: { readonly after?: bigint; readonly limit: number },
): Promise<LedgerEntry[]> {
  const rows = await db
    .selectFrom("entries")
    .innerJoin("customers", "customers.customer_id", "entries.customer_id")
    .innerJoin("assets", "assets.asset_id", "entries.asset_id")
    .selectAll("entries")
    .select(["customers.sealed_reference", "assets.symbol"])
    .where("position", ">", after)
    .orderBy("position")
    .limit(limit)
    .execute();
  return rows.map((row) => {
    const customer = openName(ciphers, row.customer_id, row.sealed_reference);
    return toEntry({ ...row, customer }, ciphers);
  });
}
