import { sql, type Transaction } from "kysely";
import { entryContents } from "./entryContents.ts";
import { type AccountSide, ENTRY_KINDS, type EntryKindName } from "./kinds.ts";
import type { LedgerTables } from "./LedgerTables.ts";
import { AMOUNT_LIMIT } from "./limits.ts";
import {
  type EntryPlace,
  type LedgerStore,
  openBalance,
  openContent,
  openFlow,
  openName,
} from "./sealing.ts";

export interface LedgerFinding {
  readonly rule: string;
  readonly count: bigint;
}

export interface LedgerAudit {
  readonly position: bigint;
  readonly findings: readonly LedgerFinding[];
}

type Moment = Transaction<LedgerTables>;

const PAGE_ROWS = 5_000;

const RULES = [
  "ledger_position_gap",
  "ledger_key_once",
  "ledger_ciphertext",
  "ledger_running_balance",
  "ledger_account_state",
  "ledger_flows",
  "ledger_lines_balance",
  "ledger_customer_index",
] as const;

class Findings {
  readonly #counts = new Map<string, bigint>();

  add(rule: (typeof RULES)[number], count = 1n): void {
    if (count > 0n) this.#counts.set(rule, (this.#counts.get(rule) ?? 0n) + count);
  }

  open<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch {
      this.add("ledger_ciphertext");
      return undefined;
    }
  }

  all(): LedgerFinding[] {
    return RULES.flatMap((rule) => {
      const count = this.#counts.get(rule);
      return count === undefined ? [] : [{ rule, count }];
    });
  }
}

export async function auditLedger(store: LedgerStore): Promise<LedgerAudit> {
  return store.transaction(
    async (moment) => {
      const findings = new Findings();
      const { position } = await moment.selectFrom("head").select("position").executeTakeFirstOrThrow();
      await checkPositions(moment, store.schema, position, findings);
      await checkHistory(moment, store, position, findings);
      await checkAccounts(moment, store, findings);
      await checkCustomers(moment, store, findings);
      return { position, findings: findings.all() };
    },
    { isolation: "repeatable read" },
  );
}

async function checkPositions(
  moment: Moment,
  schema: string,
  position: bigint,
  findings: Findings,
): Promise<void> {
  const table = (name: string) => sql.table(`${schema}.${name}`);
  const count = async (query: ReturnType<typeof sql>): Promise<bigint> => {
    const { rows } = await sql<{ count: bigint }>`SELECT count(*) FROM (${query}) AS wrong`.execute(moment);
    return rows[0]!.count;
  };
  const entries = table("entries");
  findings.add(
    "ledger_position_gap",
    await count(sql`
      SELECT FROM (SELECT count(*) AS n, coalesce(max(position), 0) AS last, coalesce(min(position), 1) AS first
        FROM ${entries}) AS all_entries WHERE n <> last OR first <> 1 OR last <> ${position}::bigint`),
  );
  findings.add(
    "ledger_key_once",
    await count(sql`
      SELECT FROM ${entries} AS entry FULL JOIN ${table("entry_keys")} AS held USING (key_index)
      WHERE entry.position IS DISTINCT FROM held.position`),
  );
}

interface Sum {
  amount: bigint;
  count: bigint;
}

async function checkHistory(
  moment: Moment,
  store: LedgerStore,
  upTo: bigint,
  findings: Findings,
): Promise<void> {
  const { ciphers } = store;
  const flows = new Map<string, Sum>();
  /** Sums of references that do not balance yet. */
  const open = new Map<string, bigint>();
  const unreadable = () => findings.add("ledger_ciphertext");
  for await (const entry of entryContents(moment, store, { after: 0n, upTo }, unreadable)) {
    const { asset_id, kind, amount, key, reference } = entry;
    if (!ciphers.keyIndex(key).equals(entry.key_index)) findings.add("ledger_key_once");
    const flow = flows.get(`${asset_id} ${kind}`) ?? { amount: 0n, count: 0n };
    flows.set(`${asset_id} ${kind}`, { amount: flow.amount + amount, count: flow.count + 1n });
    const { lines, side } = ENTRY_KINDS[kind];
    if (lines === undefined) continue;
    const group = `${lines}\n${asset_id}\n${reference}`;
    const sum = (open.get(group) ?? 0n) + signed(side, amount);
    if (sum === 0n) open.delete(group);
    else open.set(group, sum);
  }
  findings.add("ledger_lines_balance", BigInt(open.size));
  for (const row of await moment.selectFrom("flows").selectAll().execute()) {
    const name = `${row.asset_id} ${row.kind}`;
    const computed = flows.get(name);
    flows.delete(name);
    const amount = findings.open(() => openFlow(ciphers, row, row.sealed_amount ?? new Uint8Array()));
    if (amount === undefined) continue;
    if (computed?.amount !== amount || computed.count !== row.entry_count) findings.add("ledger_flows");
  }
  findings.add("ledger_flows", BigInt(flows.size));
}

function signed(side: AccountSide, amount: bigint): bigint {
  return side === "debt" ? -amount : amount;
}

interface AccountLine extends EntryPlace {
  readonly kind: EntryKindName;
  readonly content: Uint8Array;
  readonly sealed_balance: Uint8Array;
  readonly known_sequence: bigint | null;
  readonly known_position: bigint | null;
  readonly known_balance: Uint8Array | null;
}

async function checkAccounts(moment: Moment, store: LedgerStore, findings: Findings): Promise<void> {
  let before: AccountLine | undefined;
  let running: { sequence: bigint; balance: bigint | undefined } = { sequence: 0n, balance: 0n };
  let accountCount = 0n;
  const endAccount = (last: AccountLine | undefined): void => {
    if (last === undefined) return;
    accountCount += 1n;
    if (!isAccountOf(last, store, findings)) findings.add("ledger_account_state");
  };
  for (;;) {
    const page = await accountPage(moment, store.schema, before);
    for (const line of page) {
      if (before === undefined || !isSameAccount(before, line)) {
        endAccount(before);
        running = { sequence: 0n, balance: 0n };
      }
      running = checkLine(line, running, store, findings);
      before = line;
    }
    if (page.length < PAGE_ROWS) break;
  }
  endAccount(before);
  const { count } = await moment
    .selectFrom("accounts")
    .select(({ fn }) => fn.countAll<bigint>().as("count"))
    .executeTakeFirstOrThrow();
  if (count > accountCount) findings.add("ledger_account_state", count - accountCount);
}

function checkLine(
  line: AccountLine,
  { sequence, balance }: { readonly sequence: bigint; readonly balance: bigint | undefined },
  { ciphers }: LedgerStore,
  findings: Findings,
) {
  const amount = readable(() => openContent(ciphers, line, line.content).amount);
  const stated = findings.open(() => openBalance(ciphers, line, line.sealed_balance));
  const isNext = line.sequence === sequence + 1n;
  const isSum =
    stated === undefined || amount === undefined || balance === undefined || stated === balance + amount;
  const isInRange = stated === undefined || (stated >= 0n && stated < AMOUNT_LIMIT);
  if (!isNext || !isSum || !isInRange) findings.add("ledger_running_balance");
  const computed = balance === undefined || amount === undefined ? undefined : balance + amount;
  return { sequence: line.sequence, balance: computed ?? stated };
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function isAccountOf(last: AccountLine, { ciphers }: LedgerStore, findings: Findings): boolean {
  const { known_sequence: sequence, known_position, known_balance } = last;
  if (sequence !== last.sequence || known_position !== last.position || known_balance === null) return false;
  const known = findings.open(() => openBalance(ciphers, last, known_balance));
  const stated = readable(() => openBalance(ciphers, last, last.sealed_balance));
  return known === undefined || stated === undefined || known === stated;
}

async function accountPage(
  moment: Moment,
  schema: string,
  after: AccountLine | undefined,
): Promise<readonly AccountLine[]> {
  const { customer_id, asset_id, is_debt, sequence } = after ?? {
    customer_id: 0n,
    asset_id: 0,
    is_debt: false,
    sequence: 0n,
  };
  const { rows } = await sql<AccountLine>`
    SELECT line.*, known.sequence AS known_sequence, known.last_position AS known_position,
      known.sealed_balance AS known_balance
    FROM (
      SELECT * FROM ${sql.table(`${schema}.entries`)} WHERE (customer_id, asset_id, is_debt, sequence)
        > (${customer_id}::bigint, ${asset_id}::integer, ${is_debt}::boolean, ${sequence}::bigint)
      ORDER BY customer_id, asset_id, is_debt, sequence LIMIT ${PAGE_ROWS}
    ) AS line LEFT JOIN ${sql.table(`${schema}.accounts`)} AS known USING (customer_id, asset_id, is_debt)
    ORDER BY customer_id, asset_id, is_debt, line.sequence`.execute(moment);
  return rows;
}

function isSameAccount(a: EntryPlace, b: EntryPlace): boolean {
  return a.customer_id === b.customer_id && a.asset_id === b.asset_id && a.is_debt === b.is_debt;
}

async function checkCustomers(moment: Moment, { ciphers }: LedgerStore, findings: Findings): Promise<void> {
  for (let after = 0n; ; ) {
    const rows = await moment
      .selectFrom("customers")
      .select(["customer_id", "reference_index", "sealed_reference"])
      .where("customer_id", ">", after)
      .orderBy("customer_id")
      .limit(PAGE_ROWS)
      .execute();
    for (const { customer_id, reference_index, sealed_reference } of rows) {
      const name = findings.open(() => openName(ciphers, customer_id, sealed_reference));
      if (name !== undefined && !ciphers.nameIndex(name).equals(reference_index))
        findings.add("ledger_customer_index");
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_ROWS) return;
    after = last.customer_id;
  }
}
