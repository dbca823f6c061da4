import type { SchemaDatabase } from "@trellis/platform/db";
import { sql } from "kysely";
import type { LedgerTables } from "./LedgerTables.ts";

export interface CustomerBalances {
  readonly customer: string;
  /** Base units in the order of the requested assets. */
  readonly amounts: readonly bigint[];
  readonly debts: readonly bigint[];
  readonly sealedKey: Uint8Array | undefined;
}

const PAGE_CUSTOMERS = 5_000;

/**
 * Uses the current balance of accounts unchanged since `position`, otherwise the last entry up to `position`. Appended
 * entries therefore do not change the result.
 */
export async function* balancesAt(
  { db, schema }: SchemaDatabase<LedgerTables>,
  position: bigint,
  symbols: readonly string[],
): AsyncGenerator<CustomerBalances> {
  const assets = await db.selectFrom("assets").select(["asset_id", "symbol"]).execute();
  const columns = new Map(assets.map(({ asset_id, symbol }) => [asset_id, symbols.indexOf(symbol)]));
  for (let after = 0n; ; ) {
    const { rows } = await sql<Row>`
      SELECT customer.customer_id, reference, encode(sealed_key, 'hex') AS sealed_key,
        array_agg(asset_id) AS asset_ids, array_agg(is_debt) AS are_debts, array_agg(balance::text) AS balances
      FROM (
        SELECT customer_id, reference, sealed_key FROM ${sql.table(`${schema}.customers`)}
        WHERE customer_id > ${after} ORDER BY customer_id LIMIT ${PAGE_CUSTOMERS}
      ) AS customer
      LEFT JOIN LATERAL (
        SELECT asset_id, is_debt, CASE WHEN last_position <= ${position} THEN balance ELSE (
          SELECT balance FROM ${sql.table(`${schema}.entries`)} AS entry
          WHERE entry.customer_id = account.customer_id AND entry.asset_id = account.asset_id
            AND entry.is_debt = account.is_debt AND position <= ${position} ORDER BY entry.sequence DESC LIMIT 1
        ) END AS balance
        FROM ${sql.table(`${schema}.accounts`)} AS account WHERE account.customer_id = customer.customer_id
      ) AS line ON balance IS NOT NULL
      GROUP BY customer.customer_id, reference, sealed_key ORDER BY customer.customer_id`.execute(db);
    for (const row of rows) {
      const [amounts, debts] = [symbols.map(() => 0n), symbols.map(() => 0n)];
      for (const [index, assetId] of row.asset_ids.entries()) {
        const column = assetId === null ? undefined : columns.get(assetId);
        if (column === undefined || column < 0) continue;
        const side = row.are_debts[index] === true ? debts : amounts;
        side[column] = BigInt(row.balances[index]!);
      }
      const hasEntries = row.asset_ids[0] !== null;
      const sealedKey =
        row.sealed_key === null ? undefined : new Uint8Array(Buffer.from(row.sealed_key, "hex"));
      if (hasEntries) yield { customer: row.reference, amounts, debts, sealedKey };
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_CUSTOMERS) return;
    after = last.customer_id;
  }
}

interface Row {
  customer_id: bigint;
  reference: string;
  sealed_key: string | null;
  asset_ids: (number | null)[];
  are_debts: (boolean | null)[];
  balances: (string | null)[];
}
