import { sql, type Transaction } from "kysely";
import { type AccountSide, DEBT_KINDS, ENTRY_KINDS, type EntryKindName } from "./kinds.ts";
import type { EntryDraft } from "./LedgerEntry.ts";
import type { LedgerTables } from "./LedgerTables.ts";

type LedgerTransaction = Transaction<LedgerTables>;

export function accountGroup({ kind, asset }: Pick<EntryDraft, "kind" | "asset">): string {
  return `${ENTRY_KINDS[kind].side} ${asset}`;
}

export interface AccountState {
  readonly customerId: bigint;
  readonly assetId: number;
  readonly isErased: boolean;
  readonly sequence: bigint;
  readonly balance: bigint;
}

export async function lockHead(transaction: LedgerTransaction, schema: string): Promise<bigint> {
  const { rows } = await sql<{ position: bigint }>`
    SELECT position FROM ${sql.table(`${schema}.head`)} FOR UPDATE`.execute(transaction);
  return rows[0]!.position;
}

export async function findAssets(transaction: LedgerTransaction): Promise<ReadonlyMap<string, number>> {
  const rows = await transaction.selectFrom("assets").select(["symbol", "asset_id"]).execute();
  return new Map(rows.map(({ symbol, asset_id }) => [symbol, asset_id]));
}

/** Includes accounts without entries. */
export async function findAccounts(
  transaction: LedgerTransaction,
  schema: string,
  drafts: readonly EntryDraft[],
  assets: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, ReadonlyMap<string, AccountState>>> {
  const wanted = new Map<string, { side: AccountSide; assetId: number; customers: Set<string> }>();
  for (const draft of drafts) {
    const assetId = assets.get(draft.asset);
    if (assetId === undefined) continue;
    const group = accountGroup(draft);
    const known = wanted.get(group);
    if (known === undefined) {
      const { side } = ENTRY_KINDS[draft.kind];
      wanted.set(group, { side, assetId, customers: new Set([draft.customer]) });
    } else known.customers.add(draft.customer);
  }
  const found = new Map<string, Map<string, AccountState>>();
  const customers: string[] = [];
  const assetIds: number[] = [];
  const areDebts: boolean[] = [];
  const groups: string[] = [];
  for (const [group, { side, assetId, customers: names }] of wanted) {
    found.set(group, new Map());
    for (const name of names) {
      customers.push(name);
      assetIds.push(assetId);
      areDebts.push(side === "debt");
      groups.push(group);
    }
  }
  if (customers.length === 0) return found;
  const { rows } = await sql<FoundAccount>`
    SELECT n, customer.customer_id, customer.sealed_key IS NULL AS is_erased, balance, sequence
    FROM unnest(${customers}::text[], ${assetIds}::integer[], ${areDebts}::boolean[])
      WITH ORDINALITY AS wanted(reference, asset_id, is_debt, n)
    JOIN ${sql.table(`${schema}.customers`)} AS customer ON customer.reference = wanted.reference COLLATE "C"
    LEFT JOIN ${sql.table(`${schema}.accounts`)} AS account
      ON account.customer_id = customer.customer_id AND account.asset_id = wanted.asset_id
        AND account.is_debt = wanted.is_debt`.execute(transaction);
  for (const row of rows) {
    const index = Number(row.n) - 1;
    found.get(groups[index]!)?.set(customers[index]!, {
      customerId: row.customer_id,
      assetId: assetIds[index]!,
      isErased: row.is_erased,
      sequence: row.sequence ?? 0n,
      balance: BigInt(row.balance ?? 0),
    });
  }
  return found;
}

interface FoundAccount {
  n: bigint;
  customer_id: bigint;
  is_erased: boolean;
  balance: string | null;
  sequence: bigint | null;
}

/** Base units by {@link accountGroup}. */
export async function findTotals(
  transaction: LedgerTransaction,
  schema: string,
): Promise<ReadonlyMap<string, bigint>> {
  const { rows } = await sql<{ symbol: string; is_debt: boolean; total: string }>`
    SELECT symbol, kind = ANY(${DEBT_KINDS}::text[]) AS is_debt, sum(amount) AS total
    FROM ${sql.table(`${schema}.flows`)} JOIN ${sql.table(`${schema}.assets`)} USING (asset_id)
    GROUP BY symbol, is_debt`.execute(transaction);
  return new Map(
    rows.map(({ symbol, is_debt, total }) => [`${is_debt ? "debt" : "equity"} ${symbol}`, BigInt(total)]),
  );
}

export async function findKeys(
  transaction: LedgerTransaction,
  schema: string,
  drafts: readonly EntryDraft[],
): Promise<ReadonlyMap<string, EntryDraft & { readonly position: bigint }>> {
  if (drafts.length === 0) return new Map();
  const { rows } = await sql<FoundEntry>`
    SELECT entry.key, position, customer.reference AS customer, symbol, kind, amount, entry.reference, happened_at_ms
    FROM unnest(${drafts.map(({ key }) => key)}::text[]) AS wanted(key)
    JOIN ${sql.table(`${schema}.entry_keys`)} AS held ON held.key = wanted.key COLLATE "C"
    JOIN ${sql.table(`${schema}.entries`)} AS entry USING (position)
    JOIN ${sql.table(`${schema}.customers`)} AS customer USING (customer_id)
    JOIN ${sql.table(`${schema}.assets`)} AS asset USING (asset_id)`.execute(transaction);
  return new Map(
    rows.map((row) => [
      row.key,
      {
        key: row.key,
        position: row.position,
        customer: row.customer,
        asset: row.symbol,
        kind: row.kind,
        amount: BigInt(row.amount),
        reference: row.reference,
        happenedAtMs: Number(row.happened_at_ms),
      },
    ]),
  );
}

interface FoundEntry {
  key: string;
  position: bigint;
  customer: string;
  symbol: string;
  kind: EntryKindName;
  amount: string;
  reference: string;
  happened_at_ms: bigint;
}
