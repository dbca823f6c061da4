import { sql } from "kysely";
import type { EntryKindName } from "./kinds.ts";
import { type LedgerStore, openBalance, openFlow, unhex } from "./sealing.ts";

/** Base units by asset. */
export interface LedgerFlows {
  readonly byKind: ReadonlyMap<string, ReadonlyMap<EntryKindName, bigint>>;
  readonly balances: ReadonlyMap<string, bigint>;
  readonly debts: ReadonlyMap<string, bigint>;
}

const PAGE_ACCOUNTS = 20_000;

interface AccountRow {
  readonly customer_id: bigint;
  readonly asset_id: number;
  readonly is_debt: boolean;
  readonly sequence: bigint;
  readonly sealed: string;
}

export async function readFlows({ schema, transaction, ciphers }: LedgerStore): Promise<LedgerFlows> {
  const table = (name: string) => sql.table(`${schema}.${name}`);
  return transaction(
    async (moment) => {
      const assets = await moment.selectFrom("assets").select(["asset_id", "symbol"]).execute();
      const symbols = new Map(assets.map(({ asset_id, symbol }) => [asset_id, symbol]));
      const byKind = new Map<string, Map<EntryKindName, bigint>>();
      const balances = new Map(assets.map(({ symbol }) => [symbol, 0n]));
      const debts = new Map(balances);
      for (const row of await moment.selectFrom("flows").selectAll().execute()) {
        const symbol = symbols.get(row.asset_id)!;
        const kinds = byKind.get(symbol) ?? new Map<EntryKindName, bigint>();
        byKind.set(symbol, kinds.set(row.kind as EntryKindName, openFlow(ciphers, row, row.sealed_amount!)));
      }
      for (let after = { customer_id: 0n, asset_id: 0, is_debt: false }; ; ) {
        const { rows } = await sql<AccountRow>`
          SELECT customer_id, asset_id, is_debt, sequence, encode(sealed_balance, 'hex') AS sealed
          FROM ${table("accounts")} WHERE (customer_id, asset_id, is_debt)
            > (${after.customer_id}::bigint, ${after.asset_id}::integer, ${after.is_debt}::boolean)
          ORDER BY customer_id, asset_id, is_debt LIMIT ${PAGE_ACCOUNTS}`.execute(moment);
        for (const row of rows) {
          const [side, symbol] = [row.is_debt ? debts : balances, symbols.get(row.asset_id)!];
          side.set(symbol, (side.get(symbol) ?? 0n) + openBalance(ciphers, row, unhex(row.sealed)));
        }
        const last = rows.at(-1);
        if (last === undefined || rows.length < PAGE_ACCOUNTS) return { byKind, balances, debts };
        after = last;
      }
    },
    { isolation: "repeatable read" },
  );
}
