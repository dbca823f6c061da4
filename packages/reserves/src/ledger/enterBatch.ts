import type { TrellisError } from "@trellis/base";
import { brokenConstraint } from "@trellis/platform/db";
import { sql, type Transaction } from "kysely";
import { checkEntryInIsolation } from "./entryInIsolation.ts";
import { ledgerErrors } from "./errors.ts";
import { type AccountSide, ENTRY_KINDS } from "./kinds.ts";
import type { EntryDraft } from "./LedgerEntry.ts";
import type { LedgerTables } from "./LedgerTables.ts";
import { AMOUNT_LIMIT } from "./limits.ts";
import { makeRoom } from "./partitions.ts";
import {
  type AccountState,
  accountGroup,
  findAccounts,
  findAssets,
  findKeys,
  findTotals,
  lockHead,
} from "./readForEntry.ts";

/** What is wrong with one entry of a batch. */
export interface EntryProblem {
  /** Place in the batch, from 0. */
  readonly index: number;
  readonly error: TrellisError;
}

export interface EnteredBatch {
  /** The head of the ledger after it. */
  readonly position: bigint;
  readonly enteredCount: number;
  /** Entries that were in the ledger already, under the same key with the same content. */
  readonly replayedCount: number;
  /** Each account that it changes, as it is after it. */
  readonly changed: readonly ChangedBalance[];
  /** Empty where all is well; else what the caller must undo, since the good part has been written. */
  readonly problems: readonly EntryProblem[];
}

/** An account behind a batch. */
export interface ChangedBalance {
  readonly customer: string;
  readonly asset: string;
  readonly side: AccountSide;
  /** Of its last entry in the batch. */
  readonly sequence: bigint;
  readonly balance: bigint;
}

/** A draft with its place in the ledger. */
interface PlacedEntry {
  /** Place in the batch, from 0. */
  readonly index: number;
  readonly draft: EntryDraft;
  readonly customerId: bigint;
  readonly assetId: number;
  readonly sequence: bigint;
  readonly balance: bigint;
}

/**
 * Enters what is right of a batch, inside a transaction that the caller ends: where problems are told, it must undo
 * it. Entries are taken in their order, one that is wrong as though it were not there. Writers take turns from here
 * to the end of their transactions, so that positions have no gaps and are seen in order.
 * @param began where the batch is a part of a greater one: the head before its first part
 * @throws LEDGER_CONSERVATION_BROKEN
 */
export async function enterBatch(
  transaction: Transaction<LedgerTables>,
  schema: string,
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
  const head = await lockHead(transaction, schema);
  const assets = await findAssets(transaction);
  const accounts = await findAccounts(transaction, schema, known, assets);
  const keys = await findKeys(transaction, schema, known);
  const totals = await findTotals(transaction, schema);

  const found = placeAll(drafts, sound, { assets, accounts, totals, keys, began });
  const { placed, replayedCount } = found;
  for (const { index, error } of found.problems) problems.push({ index, error: error() });
  problems.sort((a, b) => a.index - b.index);
  if (placed.length > 0) {
    await makeRoom(transaction, schema, head + BigInt(placed.length));
    await insert(transaction, schema, head, placed, recordedAtMs);
  }
  return {
    position: head + BigInt(placed.length),
    enteredCount: placed.length,
    replayedCount,
    changed: changedBy(placed),
    problems,
  };
}

/** What drafts are placed by. */
interface Surroundings {
  readonly assets: ReadonlyMap<string, number>;
  readonly accounts: ReadonlyMap<string, ReadonlyMap<string, AccountState>>;
  /** What all customers own, or owe, before the batch. */
  readonly totals: ReadonlyMap<string, bigint>;
  readonly keys: Awaited<ReturnType<typeof findKeys>>;
  readonly began: bigint | undefined;
}

/** Why an entry cannot be placed. The error is made when it is told: an entry may be looked at several times. */
interface Obstacle {
  /** By what other lines do. */
  readonly isShort: boolean;
  readonly error: () => TrellisError;
}

interface FoundProblem extends Obstacle {
  /** Place in the batch, from 0. */
  readonly index: number;
}

interface Placement {
  readonly placed: readonly PlacedEntry[];
  readonly replayedCount: number;
  readonly problems: readonly FoundProblem[];
}

/** How often a batch is placed to tell its problems apart. All other writers wait meanwhile. */
const ROUNDS_MAX = 16;

/**
 * Places what can be entered. Lines that do not add up are refused, and everything is placed once more as though they
 * were not there, until all lines add up. Where a line is short of what other refused lines took, theirs go first.
 * In the last round all that do not add up are refused, and of what is left no lines that must add up are placed.
 */
function placeAll(
  drafts: readonly EntryDraft[],
  sound: readonly boolean[],
  surroundings: Surroundings,
): Placement {
  const left = sound.slice();
  const refused: FoundProblem[] = [];
  for (let round = 1; ; round += 1) {
    const { placed, replayedCount, problems } = placeOnce(drafts, left, surroundings);
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
          ledgerErrors.ENTRY_LINES_INVALID({ reason: "they do not add up", asset, reference, sum });
        return { index, isShort: false, error };
      });
    const lines = [...unbalanced, ...problems.filter(({ index }) => isRefused(drafts[index]!))];
    for (const { index } of lines) left[index] = false;
    refused.push(...lines);
    if (!isLast) continue;
    const single = left.map((isLeft, index) => isLeft && groupOf(drafts[index]!) === undefined);
    const others = problems.filter(({ index }) => left[index]);
    return { ...placeOnce(drafts, single, surroundings), problems: [...refused, ...others] };
  }
}

/** Places drafts in their order, one that is wrong by itself as though it were not there. */
function placeOnce(
  drafts: readonly EntryDraft[],
  isLeft: readonly boolean[],
  { assets, accounts, totals, keys, began }: Surroundings,
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
      refuse(() => ledgerErrors.ENTRY_KEY_REUSED({ reason: "the key stands twice in the batch", key }));
      continue;
    }
    seen.add(key);
    const earlier = keys.get(key);
    if (earlier !== undefined) {
      const { position } = earlier;
      if (began !== undefined && position > began)
        refuse(() => ledgerErrors.ENTRY_KEY_REUSED({ reason: "the key stands twice in the batch", key }));
      else if (isSame(draft, earlier)) replayedCount += 1;
      else
        refuse(() =>
          ledgerErrors.ENTRY_KEY_REUSED({ reason: "the key stands for another entry", key, position }),
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

/** By how much an entry changes what all customers own, or owe: transfers and trades only move it among them. */
function outsideAmount({ kind, amount }: EntryDraft): bigint {
  const { lines } = ENTRY_KINDS[kind];
  return lines === "transfer" || lines === "trade" ? 0n : amount;
}

/** A total that is too large already may shrink: that is the way out of it. */
function totalOverflow(draft: EntryDraft, sums: ReadonlyMap<string, bigint>): Obstacle | undefined {
  const { asset, customer, amount } = draft;
  const total = sums.get(accountGroup(draft)) ?? 0n;
  const added = outsideAmount(draft);
  if (added <= 0n || total + added < AMOUNT_LIMIT) return undefined;
  const error = () =>
    ledgerErrors.ENTRY_OVERFLOW({
      reason: "of all customers together",
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

/** The entry behind the account's last one, in the ledger or in the batch. */
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
    return short(() => ledgerErrors.ENTRY_OVERFLOW({ reason: "of the balance", customer, asset, amount }));
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

/** Of a transfer, trade or loan: the lines that must add up. */
function groupOf({ kind, asset, reference }: EntryDraft): string | undefined {
  const { lines } = ENTRY_KINDS[kind];
  return lines === undefined ? undefined : `${lines}\n${asset}\n${reference}`;
}

/** What groups add up to, those that do not to zero. */
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
  schema: string,
  head: bigint,
  placed: readonly PlacedEntry[],
  recordedAtMs: number,
): Promise<void> {
  const column = <T>(of: (entry: PlacedEntry, index: number) => T): T[] => placed.map(of);
  try {
    await sql`
      INSERT INTO ${sql.table(`${schema}.entries`)} (position, customer_id, asset_id, sequence, kind, amount, balance,
        key, reference, happened_at_ms, recorded_at_ms, is_debt)
      SELECT ${head}::bigint + n, customer_id, asset_id, sequence, kind, amount, balance, key, reference, happened_at_ms,
        ${recordedAtMs}::bigint, is_debt
      FROM unnest(
        ${column(({ customerId }) => customerId)}::bigint[], ${column(({ assetId }) => assetId)}::integer[],
        ${column(({ sequence }) => sequence)}::bigint[], ${column(({ draft }) => draft.kind)}::text[],
        ${column(({ draft }) => draft.amount)}::numeric[], ${column(({ balance }) => balance)}::numeric[],
        ${column(({ draft }) => draft.key)}::text[], ${column(({ draft }) => draft.reference)}::text[],
        ${column(({ draft }) => draft.happenedAtMs)}::bigint[],
        ${column(({ draft }) => ENTRY_KINDS[draft.kind].side === "debt")}::boolean[]
      ) WITH ORDINALITY AS line(customer_id, asset_id, sequence, kind, amount, balance, key, reference, happened_at_ms,
        is_debt, n)
      ORDER BY n`.execute(transaction);
  } catch (error) {
    const rule = brokenConstraint(error);
    if (rule?.startsWith("ledger_")) throw ledgerErrors.LEDGER_CONSERVATION_BROKEN({ rule }, error);
    throw error;
  }
}
