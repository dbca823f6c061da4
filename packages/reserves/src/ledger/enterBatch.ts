import type { TrellisError } from "@trellis/base";
import { brokenConstraint } from "@trellis/platform/db";
import { sql, type Transaction } from "kysely";
import { checkEntryInIsolation } from "./entryInIsolation.ts";
import { ledgerErrors } from "./errors.ts";
import { type AccountSide, ENTRY_KINDS, type EntryKindName } from "./kinds.ts";
import type { EntryDraft } from "./LedgerEntry.ts";
import type { LedgerTables } from "./LedgerTables.ts";
import { AMOUNT_LIMIT } from "./limits.ts";
import { makeRoom } from "./partitions.ts";
import {
  type AccountState,
  accountGroup,
  type FlowState,
  findAccounts,
  findAssets,
  findFlows,
  findKeys,
  flowName,
  lockHead,
  totalsOf,
} from "./readForEntry.ts";
import { hex, type LedgerStore, sealBalance, sealContent, sealFlow } from "./sealing.ts";

export interface EntryProblem {
  readonly index: number;
  readonly error: TrellisError;
}

export interface EnteredBatch {
  readonly position: bigint;
  readonly enteredCount: number;
  readonly replayedCount: number;
  readonly changed: readonly ChangedBalance[];
  readonly problems: readonly EntryProblem[];
}

export interface ChangedBalance {
  readonly customer: string;
  readonly asset: string;
  readonly side: AccountSide;
  readonly sequence: bigint;
  readonly balance: bigint;
}

interface PlacedEntry {
  readonly index: number;
  readonly draft: EntryDraft;
  readonly customerId: bigint;
  readonly assetId: number;
  readonly sequence: bigint;
  readonly balance: bigint;
}

/**
 * The caller must roll back if there are problems. The head is locked until commit.
 * @param began head before the import's first batch
 */
export async function enterBatch(
  transaction: Transaction<LedgerTables>,
  store: Pick<LedgerStore, "schema" | "ciphers">,
  drafts: readonly EntryDraft[],
  recordedAtMs: number,
  began?: bigint,
): Promise<EnteredBatch> {
  const problems: EntryProblem[] = [];
  const sound = drafts.map((draft, index) => {
    const error = checkEntryInIsolation(draft);
    if (error !== undefined) problems.push({ index, error });
    return error === undefined;
  });
  const known = drafts.filter((_, index) => sound[index]);
  const head = await lockHead(transaction, store.schema);
  const assets = await findAssets(transaction);
  const accounts = await findAccounts(transaction, store, known, assets);
  const keys = await findKeys(transaction, store, known);
  const flows = await findFlows(transaction, store);
  const totals = totalsOf(flows, assets);

  const found = placeAll(drafts, sound, { assets, accounts, totals, keys, began });
  const { placed, replayedCount } = found;
  for (const { index, error } of found.problems) problems.push({ index, error: error() });
  problems.sort((a, b) => a.index - b.index);
  if (placed.length > 0) {
    await makeRoom(transaction, store.schema, head + BigInt(placed.length));
    await insert(transaction, store, head, placed, recordedAtMs);
    await storeFlows(transaction, store, flows, placed);
  }
  return {
    position: head + BigInt(placed.length),
    enteredCount: placed.length,
    replayedCount,
    changed: changedBy(placed),
    problems,
  };
}

interface BatchContext {
  readonly assets: ReadonlyMap<string, number>;
  readonly accounts: ReadonlyMap<string, ReadonlyMap<string, AccountState>>;
  readonly totals: ReadonlyMap<string, bigint>;
  readonly keys: Awaited<ReturnType<typeof findKeys>>;
  readonly began: bigint | undefined;
}

interface Obstacle {
  readonly isShort: boolean;
  readonly error: () => TrellisError;
}

interface FoundProblem extends Obstacle {
  readonly index: number;
}

interface Placement {
  readonly placed: readonly PlacedEntry[];
  readonly replayedCount: number;
  readonly problems: readonly FoundProblem[];
}

/** Limits how long other writers wait. */
const ROUNDS_MAX = 16;

/**
 * Each round rejects unbalanced groups and places the rest again. Groups that lack funds are retried while
 * other groups are rejected. The last round places only ungrouped entries.
 */
function placeAll(
  drafts: readonly EntryDraft[],
  sound: readonly boolean[],
  context: BatchContext,
): Placement {
  const left = sound.slice();
  const refused: FoundProblem[] = [];
  for (let round = 1; ; round += 1) {
    const { placed, replayedCount, problems } = placeOnce(drafts, left, context);
    const sums = unbalancedGroups(placed);
    if (sums.size === 0) return { placed, replayedCount, problems: [...refused, ...problems] };
    const isLast = round === ROUNDS_MAX;
    const short = new Set(
      problems.filter(({ isShort }) => isShort).map(({ index }) => groupOf(drafts[index]!)),
    );
    const areSpared = !isLast && ![...sums.keys()].every((group) => short.has(group));
    const isRefused = (draft: EntryDraft): boolean => {
      const group = groupOf(draft);
      return group !== undefined && sums.has(group) && !(areSpared && short.has(group));
    };
    const unbalanced = placed
      .filter(({ draft }) => isRefused(draft))
      .map(({ index, draft }) => {
        const { asset, reference } = draft;
        const sum = sums.get(groupOf(draft)!)!;
        const error = () =>
          ledgerErrors.ENTRY_INVALID({ reason: "amounts do not balance", asset, reference, sum });
        return { index, isShort: false, error };
      });
    const lines = [...unbalanced, ...problems.filter(({ index }) => isRefused(drafts[index]!))];
    for (const { index } of lines) left[index] = false;
    refused.push(...lines);
    if (!isLast) continue;
    const single = left.map((isLeft, index) => isLeft && groupOf(drafts[index]!) === undefined);
    const others = problems.filter(({ index }) => left[index]);
    return { ...placeOnce(drafts, single, context), problems: [...refused, ...others] };
  }
}

function placeOnce(
  drafts: readonly EntryDraft[],
  isLeft: readonly boolean[],
  { assets, accounts, totals, keys, began }: BatchContext,
): Placement {
  const placed: PlacedEntry[] = [];
  const problems: FoundProblem[] = [];
  const seen = new Set<string>();
  const last = new Map<AccountState, PlacedEntry>();
  const sums = new Map(totals);
  let replayedCount = 0;
  for (const [index, draft] of drafts.entries()) {
    if (!isLeft[index]) continue;
    const { key } = draft;
    const refuse = (error: () => TrellisError): void => void problems.push({ index, isShort: false, error });
    if (seen.has(key)) {
      refuse(() => ledgerErrors.ENTRY_KEY_REUSED({ reason: "duplicate key in the batch", key }));
      continue;
    }
    seen.add(key);
    const earlier = keys.get(key);
    if (earlier !== undefined) {
      const { position } = earlier;
      if (began !== undefined && position > began)
        refuse(() => ledgerErrors.ENTRY_KEY_REUSED({ reason: "duplicate key in the batch", key }));
      else if (isSame(draft, earlier)) replayedCount += 1;
      else
        refuse(() =>
          ledgerErrors.ENTRY_KEY_REUSED({ reason: "the key belongs to another entry", key, position }),
        );
      continue;
    }
    const account = accounts.get(accountGroup(draft))?.get(draft.customer);
    if (account === undefined) {
      refuse(() => unknownAccount(draft, assets));
      continue;
    }
    const followed = place({ index, draft }, account, last.get(account));
    const entry = "draft" in followed ? (totalOverflow(draft, sums) ?? followed) : followed;
    if ("draft" in entry) {
      placed.push(entry);
      last.set(account, entry);
      sums.set(accountGroup(draft), (sums.get(accountGroup(draft)) ?? 0n) + outsideAmount(draft));
    } else problems.push({ index, ...entry });
  }
  return { placed, replayedCount, problems };
}

function outsideAmount({ kind, amount }: EntryDraft): bigint {
  const { lines } = ENTRY_KINDS[kind];
  return lines === "transfer" || lines === "trade" ? 0n : amount;
}

/** A total above the limit may only decrease. */
function totalOverflow(draft: EntryDraft, sums: ReadonlyMap<string, bigint>): Obstacle | undefined {
  const { asset, customer, amount } = draft;
  const total = sums.get(accountGroup(draft)) ?? 0n;
  const added = outsideAmount(draft);
  if (added <= 0n || total + added < AMOUNT_LIMIT) return undefined;
  const error = () =>
    ledgerErrors.ENTRY_INVALID({
      reason: "sum of all customers too large",
      customer,
      asset,
      amount,
      total,
      totalMax: AMOUNT_LIMIT - 1n,
    });
  return { isShort: true, error };
}

function changedBy(placed: readonly PlacedEntry[]): ChangedBalance[] {
  const last = new Map(
    placed.map(({ draft: { customer, asset, kind }, customerId, assetId, sequence, balance }) => {
      const { side } = ENTRY_KINDS[kind];
      return [`${customerId} ${assetId} ${side}`, { customer, asset, side, sequence, balance }];
    }),
  );
  return [...last.values()];
}

function unknownAccount(draft: EntryDraft, assets: ReadonlyMap<string, number>): TrellisError {
  const { asset, customer } = draft;
  if (!assets.has(asset)) return ledgerErrors.LEDGER_UNKNOWN({ reason: "no such asset", asset });
  return ledgerErrors.LEDGER_UNKNOWN({ reason: "no such customer", customer });
}

function place(
  { index, draft }: Pick<PlacedEntry, "index" | "draft">,
  account: AccountState,
  last: PlacedEntry | undefined,
): PlacedEntry | Obstacle {
  const { customer, asset, amount, sequence: named } = draft;
  if (account.isErased) {
    return { isShort: false, error: () => ledgerErrors.LEDGER_CUSTOMER_ERASED({ customer }) };
  }
  const short = (error: () => TrellisError): Obstacle => ({ isShort: true, error });
  const before = last ?? account;
  const sequence = before.sequence + 1n;
  if (named !== undefined && named !== sequence) {
    const facts = { customer, asset, sequence: named, expected: sequence };
    return short(() => ledgerErrors.ENTRY_OUT_OF_ORDER(facts));
  }
  const balance = before.balance + amount;
  if (balance < 0n) {
    return short(() => ledgerErrors.ENTRY_OVERDRAWN({ customer, asset, amount, balance: before.balance }));
  }
  if (balance >= AMOUNT_LIMIT) {
    return short(() => ledgerErrors.ENTRY_INVALID({ reason: "balance too large", customer, asset, amount }));
  }
  return { index, draft, customerId: account.customerId, assetId: account.assetId, sequence, balance };
}

function isSame(draft: EntryDraft, earlier: EntryDraft): boolean {
  return (
    draft.customer === earlier.customer &&
    draft.asset === earlier.asset &&
    draft.kind === earlier.kind &&
    draft.amount === earlier.amount &&
    draft.reference === earlier.reference &&
    draft.happenedAtMs === earlier.happenedAtMs
  );
}

function groupOf({ kind, asset, reference }: EntryDraft): string | undefined {
  const { lines } = ENTRY_KINDS[kind];
  return lines === undefined ? undefined : `${lines}\n${asset}\n${reference}`;
}

function unbalancedGroups(placed: readonly PlacedEntry[]): ReadonlyMap<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { draft } of placed) {
    const group = groupOf(draft);
    if (group === undefined) continue;
    const worth = ENTRY_KINDS[draft.kind].side === "debt" ? -draft.amount : draft.amount;
    sums.set(group, (sums.get(group) ?? 0n) + worth);
  }
  return new Map([...sums].filter(([, sum]) => sum !== 0n));
}

async function insert(
  transaction: Transaction<LedgerTables>,
  { schema, ciphers }: Pick<LedgerStore, "schema" | "ciphers">,
  head: bigint,
  placed: readonly PlacedEntry[],
  recordedAtMs: number,
): Promise<void> {
  const rows = placed.map(({ draft, customerId, assetId, sequence, balance }, n) => {
    const place = {
      position: head + BigInt(n + 1),
      customer_id: customerId,
      asset_id: assetId,
      is_debt: ENTRY_KINDS[draft.kind].side === "debt",
      sequence,
      kind: draft.kind,
      happened_at_ms: BigInt(draft.happenedAtMs),
      recorded_at_ms: BigInt(recordedAtMs),
    };
    return {
      ...place,
      key_index: hex(ciphers.keyIndex(draft.key)),
      content: hex(sealContent(ciphers, place, draft)),
      balance: hex(sealBalance(ciphers, place, balance)),
    };
  });
  const column = <Name extends keyof (typeof rows)[number]>(name: Name) => rows.map((row) => row[name]);
  try {
    await sql`
      INSERT INTO ${sql.table(`${schema}.entries`)} (position, customer_id, asset_id, sequence, kind, key_index, content,
        sealed_balance, happened_at_ms, recorded_at_ms, is_debt)
      SELECT position, customer_id, asset_id, sequence, kind, decode(key_index, 'hex'), decode(content, 'hex'),
        decode(balance, 'hex'), happened_at_ms, ${recordedAtMs}::bigint, is_debt
      FROM unnest(
        ${column("position")}::bigint[], ${column("customer_id")}::bigint[], ${column("asset_id")}::integer[],
        ${column("sequence")}::bigint[], ${column("kind")}::text[], ${column("key_index")}::text[],
        ${column("content")}::text[], ${column("balance")}::text[], ${column("happened_at_ms")}::bigint[],
        ${column("is_debt")}::boolean[]
      ) AS line(position, customer_id, asset_id, sequence, kind, key_index, content, balance, happened_at_ms, is_debt)
      ORDER BY position`.execute(transaction);
  } catch (error) {
    const rule = brokenConstraint(error);
    if (rule?.startsWith("ledger_")) throw ledgerErrors.LEDGER_CONSERVATION_BROKEN({ rule }, error);
    throw error;
  }
}

async function storeFlows(
  transaction: Transaction<LedgerTables>,
  { schema, ciphers }: Pick<LedgerStore, "schema" | "ciphers">,
  flows: ReadonlyMap<string, FlowState>,
  placed: readonly PlacedEntry[],
): Promise<void> {
  const changed = new Map<string, FlowState & { readonly assetId: number; readonly kind: EntryKindName }>();
  for (const { draft, assetId } of placed) {
    const name = flowName(assetId, draft.kind);
    const { amount, entryCount } = changed.get(name) ?? flows.get(name) ?? { amount: 0n, entryCount: 0n };
    changed.set(name, {
      assetId,
      kind: draft.kind,
      amount: amount + draft.amount,
      entryCount: entryCount + 1n,
    });
  }
  const rows = [...changed.values()];
  const sealed = rows.map(({ assetId, kind, amount, entryCount }) =>
    hex(sealFlow(ciphers, { asset_id: assetId, kind, entry_count: entryCount }, amount)),
  );
  await sql`
    UPDATE ${sql.table(`${schema}.flows`)} AS flow SET sealed_amount = decode(sealed, 'hex')
    FROM unnest(${rows.map(({ assetId }) => assetId)}::integer[], ${rows.map(({ kind }) => kind)}::text[],
      ${sealed}::text[]) AS fresh(asset_id, kind, sealed)
    WHERE flow.asset_id = fresh.asset_id AND flow.kind = fresh.kind`.execute(transaction);
}
