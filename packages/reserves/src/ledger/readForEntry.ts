import { sql, type Transaction } from "kysely";
import { type AccountSide, ENTRY_KINDS, type EntryKindName } from "./kinds.ts";
import type { EntryDraft } from "./LedgerEntry.ts";
import type { LedgerTables } from "./LedgerTables.ts";
import {
  type EntryPlace,
  hex,
  type LedgerStore,
  openBalance,
  openContent,
  openFlow,
  openName,
  unhex,
} from "./sealing.ts";

type LedgerTransaction = Transaction<LedgerTables>;
type Store = Pick<LedgerStore, "schema" | "ciphers">;

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
  { schema, ciphers }: Store,
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
  const indexes = new Map(customers.map((name) => [name, ""]));
  for (const name of indexes.keys()) indexes.set(name, hex(ciphers.nameIndex(name)));
  const { rows } = await sql<FoundAccount>`
    SELECT n, customer.customer_id, customer.sealed_key IS NULL AS is_erased,
      encode(sealed_balance, 'hex') AS sealed_balance, sequence
    FROM unnest(${customers.map((name) => indexes.get(name)!)}::text[], ${assetIds}::integer[], ${areDebts}::boolean[])
      WITH ORDINALITY AS wanted(name_index, asset_id, is_debt, n)
    JOIN ${sql.table(`${schema}.customers`)} AS customer ON customer.reference_index = decode(name_index, 'hex')
    LEFT JOIN ${sql.table(`${schema}.accounts`)} AS account
      ON account.customer_id = customer.customer_id AND account.asset_id = wanted.asset_id
        AND account.is_debt = wanted.is_debt`.execute(transaction);
  for (const row of rows) {
    const index = Number(row.n) - 1;
    const { customer_id, sequence, sealed_balance } = row;
    const assetId = assetIds[index]!;
    const place = { customer_id, asset_id: assetId, is_debt: areDebts[index]!, sequence: sequence ?? 0n };
    found.get(groups[index]!)?.set(customers[index]!, {
      customerId: customer_id,
      assetId,
      isErased: row.is_erased,
      sequence: place.sequence,
      balance: sealed_balance === null ? 0n : openBalance(ciphers, place, unhex(sealed_balance)),
    });
  }
  return found;
}

interface FoundAccount {
  n: bigint;
  customer_id: bigint;
  is_erased: boolean;
  sealed_balance: string | null;
  sequence: bigint | null;
}

export interface FlowState {
  readonly amount: bigint;
  readonly entryCount: bigint;
}

export async function findFlows(
  transaction: LedgerTransaction,
  { schema, ciphers }: Store,
): Promise<ReadonlyMap<string, FlowState>> {
  const { rows } = await sql<{
    asset_id: number;
    kind: EntryKindName;
    entry_count: bigint;
    sealed_amount: string;
  }>`
    SELECT asset_id, kind, entry_count, encode(sealed_amount, 'hex') AS sealed_amount
    FROM ${sql.table(`${schema}.flows`)}`.execute(transaction);
  return new Map(
    rows.map((row) => [
      flowName(row.asset_id, row.kind),
      { amount: openFlow(ciphers, row, unhex(row.sealed_amount)), entryCount: row.entry_count },
    ]),
  );
}

export function flowName(assetId: number, kind: EntryKindName): string {
  return `${kind} ${assetId}`;
}

export function totalsOf(
  flows: ReadonlyMap<string, FlowState>,
  assets: ReadonlyMap<string, number>,
): ReadonlyMap<string, bigint> {
  const symbols = new Map([...assets].map(([symbol, id]) => [id, symbol]));
  const totals = new Map<string, bigint>();
  for (const [name, { amount }] of flows) {
    const [kind, id] = name.split(" ") as [EntryKindName, string];
    const group = accountGroup({ kind, asset: symbols.get(Number(id))! });
    totals.set(group, (totals.get(group) ?? 0n) + amount);
  }
  return totals;
}

export async function findKeys(
  transaction: LedgerTransaction,
  { schema, ciphers }: Store,
  drafts: readonly EntryDraft[],
): Promise<ReadonlyMap<string, EntryDraft & { readonly position: bigint }>> {
  if (drafts.length === 0) return new Map();
  const { rows } = await sql<FoundEntry>`
    SELECT entry.*, encode(content, 'hex') AS sealed_content, encode(sealed_reference, 'hex') AS sealed_reference, symbol
    FROM unnest(${drafts.map(({ key }) => hex(ciphers.keyIndex(key)))}::text[]) AS wanted(key)
    JOIN ${sql.table(`${schema}.entry_keys`)} AS held ON held.key_index = decode(wanted.key, 'hex')
    JOIN ${sql.table(`${schema}.entries`)} AS entry USING (position)
    JOIN ${sql.table(`${schema}.customers`)} AS customer USING (customer_id)
    JOIN ${sql.table(`${schema}.assets`)} AS asset USING (asset_id)`.execute(transaction);
  return new Map(
    rows.map((row) => {
      const { amount, key, reference } = openContent(ciphers, row, unhex(row.sealed_content));
      return [
        key,
        {
          key,
          position: row.position,
          customer: openName(ciphers, row.customer_id, unhex(row.sealed_reference)),
          asset: row.symbol,
          kind: row.kind,
          amount,
          reference,
          happenedAtMs: Number(row.happened_at_ms),
        },
      ];
    }),
  );
}

interface FoundEntry extends EntryPlace {
  readonly kind: EntryKindName;
  readonly sealed_content: string;
  readonly sealed_reference: string;
  readonly symbol: string;
}
