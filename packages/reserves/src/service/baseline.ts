import type { EntryKindName, LedgerFlows } from "../ledger/index.ts";
import { type Movements, movementsBetween, type Totals } from "../reconciliation/index.ts";
import type { ServiceStore } from "./schema.ts";

interface Baseline {
  /** Addresses and assets in the chain's totals. */
  readonly counted: string;
  readonly takenAtMs: number;
  readonly ledger: Totals;
  readonly chain: Totals;
  readonly flows: LedgerFlows["byKind"];
}

type SealedColumn = "ledger" | "chain" | "flows";

interface Before {
  readonly ledger: Totals;
  readonly chain: Totals;
  readonly since: Movements;
}

export type Unexplained = Pick<Before, "ledger" | "chain">;

interface BaselineOptions {
  readonly isRebased: boolean;
  /** An incomplete reading cannot become a baseline. */
  readonly isWhole: boolean;
  readonly unexplained: () => Promise<Unexplained>;
}

const PLACE = "single";
const NOTHING: Unexplained = { ledger: new Map(), chain: new Map() };

/**
 * The current totals become the baseline on request, or if addresses or assets have changed. Then the unexplained
 * difference is deducted unless `isRebased`.
 * @returns undefined without a comparable baseline
 */
export async function baselineOf(
  { db, ciphers }: ServiceStore,
  now: Baseline,
  { isRebased, isWhole, unexplained }: BaselineOptions,
): Promise<Before | undefined> {
  const row = await db.selectFrom("baselines").selectAll().where("place", "=", PLACE).executeTakeFirst();
  if (row !== undefined && row.claims === now.counted && !(isRebased && isWhole)) {
    const opened = (name: SealedColumn) => ciphers[name].open(PLACE, row[name]);
    const since = movementsBetween(flowsOf(opened("flows")), now.flows);
    return { ledger: totalsOf(opened("ledger")), chain: totalsOf(opened("chain")), since };
  }
  if (!isWhole) return undefined;
  const off = isRebased ? NOTHING : await unexplained();
  const [ledger, chain] = [less(now.ledger, off.ledger), less(now.chain, off.chain)];
  const sealed = (name: SealedColumn, text: string) => ciphers[name].seal(PLACE, text);
  const taken = {
    claims: now.counted,
    taken_at_ms: BigInt(now.takenAtMs),
    ledger: sealed("ledger", textOf(ledger)),
    chain: sealed("chain", textOf(chain)),
    flows: sealed("flows", JSON.stringify([...now.flows].map(([asset, kinds]) => [asset, textOf(kinds)]))),
  };
  await db
    .insertInto("baselines")
    .values({ place: PLACE, ...taken })
    .onConflict((conflict) => conflict.column("place").doUpdateSet(taken))
    .execute();
  return { ledger, chain, since: movementsBetween(now.flows, now.flows) };
}

function less(totals: Totals, off: Totals): Totals {
  return new Map([...totals].map(([asset, amount]) => [asset, amount - (off.get(asset) ?? 0n)]));
}

function textOf(amounts: ReadonlyMap<string, bigint>): string {
  return JSON.stringify([...amounts].map(([name, amount]) => [name, String(amount)]));
}

function amountsOf<Name extends string>(text: string): Map<Name, bigint> {
  const entries = JSON.parse(text) as [Name, string][];
  return new Map(entries.map(([name, amount]) => [name, BigInt(amount)]));
}

const totalsOf = (text: string): Totals => amountsOf(text);

function flowsOf(text: string): LedgerFlows["byKind"] {
  const entries = JSON.parse(text) as [string, string][];
  return new Map(entries.map(([asset, kinds]) => [asset, amountsOf<EntryKindName>(kinds)]));
}
