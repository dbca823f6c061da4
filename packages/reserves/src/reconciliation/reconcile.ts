import { SUM_MAX } from "../liabilities/verify/limits.ts";
import type { Incident, IncidentKind, Severity } from "./Incident.ts";

/** Base units by asset. */
export type Totals = ReadonlyMap<string, bigint>;

export interface Movements {
  readonly deposits: Totals;
  readonly withdrawals: Totals;
  /** Fees, rewards, adjustments, loans; positive when customers gain. */
  readonly booked: Totals;
  /** On-chain movements of the custodian's own funds, such as gas. */
  readonly own: Totals;
}

export interface ReconciliationInput {
  readonly ledger: Totals;
  /** Customers' debts; absent if not compared. */
  readonly debts?: Totals;
  readonly tree: Totals;
  readonly chain: Totals;
  readonly before?: { readonly ledger: Totals; readonly chain: Totals; readonly since: Movements };
  readonly nowMs: number;
  /** Time of the oldest block. */
  readonly chainTimeMs: number;
  readonly dissentCount: number;
  readonly unread?: Unread;
}

/** Unread chains and assets are reported, not compared. */
export interface Unread {
  readonly chains: ReadonlyMap<string, string>;
  readonly assets: ReadonlySet<string>;
}

export interface ReconciliationLimits {
  readonly marginBasisPoints: number;
  readonly readingAgeMsMax: number;
  /** Ignored difference, such as dust and gas. Default: 0. */
  readonly chainTolerance: Totals;
}

const BASIS_POINTS = 10_000n;

/** Most severe first, in deterministic order. */
export function reconcile(input: ReconciliationInput, limits: ReconciliationLimits): Incident[] {
  const assets = new Set([
    ...input.ledger.keys(),
    ...(input.debts?.keys() ?? []),
    ...input.tree.keys(),
    ...input.chain.keys(),
  ]);
  const found = [...assets]
    .sort()
    .flatMap((asset) => [
      ...missing(asset, input),
      ...treeDiffers(asset, input),
      ...reservesLow(asset, input, limits),
      ...totalOverflows(asset, input),
      ...notConserved(asset, input),
      ...movedUnbooked(asset, input, limits),
    ]);
  const general = [...readingOld(input, limits), ...dissented(input), ...unreadable(input)];
  return [...found, ...general].sort((a, b) => RANKS[a.severity] - RANKS[b.severity]);
}

const RANKS: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, notice: 2 };

/** Assets without liabilities need no reserves. */
function missing(asset: string, { ledger, tree, chain, unread }: ReconciliationInput): Incident[] {
  const owed = ledger.get(asset) ?? 0n;
  if (ledger.has(asset) !== tree.has(asset) && owed === 0n && (tree.get(asset) ?? 0n) === 0n)
    return [
      incident("ASSET_MISSING", "notice", asset, ledger.has(asset) ? 1n : 0n, tree.has(asset) ? 1n : 0n),
    ];
  const isMissing = !chain.has(asset) && unread?.assets.has(asset) !== true;
  if (isMissing && owed > 0n) return [incident("ASSET_MISSING", "critical", asset, owed, 0n)];
  if (!ledger.has(asset) && !tree.has(asset))
    return [incident("ASSET_MISSING", "notice", asset, 0n, chain.get(asset) ?? 0n)];
  return [];
}

function treeDiffers(asset: string, { ledger, tree }: ReconciliationInput): Incident[] {
  const [expected, got] = [ledger.get(asset) ?? 0n, tree.get(asset) ?? 0n];
  return expected === got ? [] : [incident("TREE_DIFFERS_FROM_LEDGER", "critical", asset, expected, got)];
}

/** Liabilities are the greater of the ledger's and tree's totals. */
function reservesLow(
  asset: string,
  { ledger, tree, chain }: ReconciliationInput,
  { marginBasisPoints }: ReconciliationLimits,
): Incident[] {
  const held = chain.get(asset);
  const [inLedger, inTree] = [ledger.get(asset) ?? 0n, tree.get(asset) ?? 0n];
  const owed = inLedger > inTree ? inLedger : inTree;
  if (held === undefined || owed === 0n) return [];
  if (held < owed) return [incident("RESERVES_BELOW_LIABILITIES", "critical", asset, owed, held)];
  const wanted = (owed * (BASIS_POINTS + BigInt(marginBasisPoints)) + BASIS_POINTS - 1n) / BASIS_POINTS;
  return held < wanted ? [incident("RESERVES_NEAR_LIABILITIES", "warning", asset, wanted, held)] : [];
}

function totalOverflows(asset: string, { ledger, debts }: ReconciliationInput): Incident[] {
  const sides = [
    ["", of(ledger, asset)],
    [":debt", of(debts ?? new Map(), asset)],
  ] as const;
  return sides
    .filter(([, total]) => total > SUM_MAX)
    .map(([side, total]) => {
      const found = incident("LEDGER_TOTAL_OVERFLOW", "critical", asset, SUM_MAX, total);
      return { ...found, key: `${found.key}${side}` };
    });
}

function notConserved(asset: string, { ledger, before }: ReconciliationInput): Incident[] {
  if (before === undefined) return [];
  const { deposits, withdrawals, booked } = before.since;
  const expected =
    of(before.ledger, asset) + of(deposits, asset) - of(withdrawals, asset) + of(booked, asset);
  const got = of(ledger, asset);
  return expected === got ? [] : [incident("LEDGER_NOT_CONSERVED", "critical", asset, expected, got)];
}

function movedUnbooked(
  asset: string,
  { chain, before }: ReconciliationInput,
  { chainTolerance }: ReconciliationLimits,
): Incident[] {
  if (before === undefined || !chain.has(asset)) return [];
  const { deposits, withdrawals, own } = before.since;
  const expected = of(before.chain, asset) + of(deposits, asset) - of(withdrawals, asset) + of(own, asset);
  const got = of(chain, asset);
  const difference = got > expected ? got - expected : expected - got;
  if (difference <= of(chainTolerance, asset)) return [];
  // An unbooked outflow may be theft; an unbooked inflow is an unassigned deposit.
  return [incident("CHAIN_MOVED_UNBOOKED", got < expected ? "critical" : "warning", asset, expected, got)];
}

function readingOld(
  { nowMs, chainTimeMs }: ReconciliationInput,
  { readingAgeMsMax }: ReconciliationLimits,
): Incident[] {
  const ageMs = nowMs - chainTimeMs;
  if (ageMs <= readingAgeMsMax) return [];
  return [incident("READING_OLD", "warning", undefined, BigInt(readingAgeMsMax), BigInt(ageMs))];
}

function dissented({ dissentCount }: ReconciliationInput): Incident[] {
  return dissentCount === 0
    ? []
    : [incident("NODES_DISSENTED", "notice", undefined, 0n, BigInt(dissentCount))];
}

function unreadable({ unread }: ReconciliationInput): Incident[] {
  return [...(unread?.chains ?? [])].map(([chain, code]) => ({
    key: `CHAIN_UNREADABLE:${chain}`,
    kind: "CHAIN_UNREADABLE",
    severity: "warning",
    expected: chain,
    got: code,
    difference: "0",
  }));
}

function of(totals: Totals, asset: string): bigint {
  return totals.get(asset) ?? 0n;
}

function incident(
  kind: IncidentKind,
  severity: Severity,
  asset: string | undefined,
  expected: bigint,
  got: bigint,
): Incident {
  return {
    key: asset === undefined ? kind : `${kind}:${asset}`,
    kind,
    severity,
    ...(asset === undefined ? {} : { asset }),
    expected: String(expected),
    got: String(got),
    difference: String(got - expected),
  };
}
