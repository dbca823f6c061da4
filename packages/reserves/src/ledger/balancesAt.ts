import { sql } from "kysely";
import { type LedgerStore, openBalance, openName, unhex } from "./sealing.ts";

export interface CustomerBalances {
  readonly customer: string;
  /** Base units in the order of the requested assets. */
  readonly amounts: readonly bigint[];
  readonly debts: readonly bigint[];
  readonly sealedKey: Uint8Array | undefined;
}

const PAGE_CUSTOMERS = 5_000;

/** Reads current balances if unchanged since `position`, otherwise the last entry up to `position`. */
export async function* balancesAt(
  { db, schema, ciphers }: LedgerStore,
  position: bigint,
  symbols: readonly string[],
): AsyncGenerator<CustomerBalances> {
  const assets = await db.selectFrom("assets").select(["asset_id", "symbol"]).execute();
  const columns = new Map(assets.map(({ asset_id, symbol }) => [asset_id, symbols.indexOf(symbol)]));
  for (let after = 0n; ; ) {
    const { rows } = await sql<Row>`
      SELECT customer.customer_id, encode(sealed_reference, 'hex') AS sealed_reference,
        encode(sealed_key, 'hex') AS sealed_key, array_agg(asset_id) AS asset_ids, array_agg(is_debt) AS are_debts,
        array_agg(sequence::text) AS sequences, array_agg(encode(sealed_balance, 'hex')) AS balances
      FROM (
        SELECT customer_id, sealed_reference, sealed_key FROM ${sql.table(`${schema}.customers`)}
        WHERE customer_id > ${after} ORDER BY customer_id LIMIT ${PAGE_CUSTOMERS}
      ) AS customer
      LEFT JOIN LATERAL (
        SELECT asset_id, is_debt, sequence, sealed_balance
        FROM ${sql.table(`${schema}.accounts`)} AS account
        WHERE account.customer_id = customer.customer_id AND last_position <= ${position}
        UNION ALL
        SELECT account.asset_id, account.is_debt, last.sequence, last.sealed_balance
        FROM ${sql.table(`${schema}.accounts`)} AS account CROSS JOIN LATERAL (
          SELECT entry.sequence, entry.sealed_balance FROM ${sql.table(`${schema}.entries`)} AS entry
          WHERE entry.customer_id = account.customer_id AND entry.asset_id = account.asset_id
            AND entry.is_debt = account.is_debt AND position <= ${position} ORDER BY entry.sequence DESC LIMIT 1
        ) AS last
        WHERE account.customer_id = customer.customer_id AND last_position > ${position}
      ) AS line ON true
      GROUP BY customer.customer_id, sealed_reference, sealed_key ORDER BY customer.customer_id`.execute(db);
    for (const row of rows) {
      const [amounts, debts] = [symbols.map(() => 0n), symbols.map(() => 0n)];
      for (const [index, assetId] of row.asset_ids.entries()) {
        const column = assetId === null ? undefined : columns.get(assetId);
        if (column === undefined || column < 0) continue;
        const isDebt = row.are_debts[index] === true;
        const place = {
          customer_id: row.customer_id,
          asset_id: assetId!,
          is_debt: isDebt,
          sequence: row.sequences[index]!,
        };
        (isDebt ? debts : amounts)[column] = openBalance(ciphers, place, unhex(row.balances[index]!));
      }
      const hasEntries = row.asset_ids[0] !== null;
      if (!hasEntries) continue;
      const customer = openName(ciphers, row.customer_id, unhex(row.sealed_reference));
      const sealedKey = row.sealed_key === null ? undefined : new Uint8Array(unhex(row.sealed_key));
      yield { customer, amounts, debts, sealedKey };
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_CUSTOMERS) return;
    after = last.customer_id;
  }
}

interface Row {
  customer_id: bigint;
  sealed_reference: string;
  sealed_key: string | null;
  asset_ids: (number | null)[];
  are_debts: (boolean | null)[];
  sequences: (string | null)[];
  balances: (string | null)[];
}
