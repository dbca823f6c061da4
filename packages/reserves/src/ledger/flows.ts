import type { SchemaDatabase } from "@trellis/platform/db";
import { sql } from "kysely";
import { type EntryKindName, isEntryKind } from "./kinds.ts";
import type { LedgerTables } from "./LedgerTables.ts";

/** Consistent with each other. Base units by asset. */
export interface LedgerFlows {
  readonly byKind: ReadonlyMap<string, ReadonlyMap<EntryKindName, bigint>>;
  /** Sums of the accounts, to compare with the flows (LEDGER-5). */
  readonly balances: ReadonlyMap<string, bigint>;
  readonly debts: ReadonlyMap<string, bigint>;
}

interface Row {
  symbol: string;
  kind: string | null;
  is_debt: boolean;
  amount: string;
}

/** Uses one statement for consistency. */
export async function readFlows({ db, schema }: SchemaDatabase<LedgerTables>): Promise<LedgerFlows> {
  const table = (name: string) => sql.table(`${schema}.${name}`);
  const { rows } = await sql<Row>`
    SELECT symbol, kind, false AS is_debt, amount FROM ${table("flows")} JOIN ${table("assets")} USING (asset_id)
    UNION ALL
    SELECT symbol, NULL, side.is_debt, coalesce(sum(balance), 0)
    FROM ${table("assets")} CROSS JOIN (VALUES (false), (true)) AS side(is_debt)
    LEFT JOIN ${table("accounts")} USING (asset_id, is_debt) GROUP BY symbol, side.is_debt`.execute(db);
  const byKind = new Map<string, Map<EntryKindName, bigint>>();
  const balances = new Map<string, bigint>();
  const debts = new Map<string, bigint>();
  for (const { symbol, kind, is_debt, amount } of rows) {
    if (!isEntryKind(kind)) (is_debt ? debts : balances).set(symbol, BigInt(amount));
    else
      byKind.set(symbol, (byKind.get(symbol) ?? new Map<EntryKindName, bigint>()).set(kind, BigInt(amount)));
  }
  return { byKind, balances, debts };
}
