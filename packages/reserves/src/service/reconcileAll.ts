import { type Clock, isTrellisError } from "@trellis/base";
import type { OwnershipMethod } from "../assets/index.ts";
import type { Ledger } from "../ledger/index.ts";
import { type ClaimedAddress, readReserves } from "../readings/index.ts";
import {
  type Incident,
  type IncidentKind,
  reconcile,
  type Totals,
  type Unread,
} from "../reconciliation/index.ts";
import type { SnapshotRecord, Snapshots } from "../snapshots/index.ts";
import { baselineOf, type Unexplained } from "./baseline.ts";
import { reservesErrors } from "./errors.ts";
import type { ServiceIncidents } from "./openIncidents.ts";
import type { ReserveChains } from "./openReserveChains.ts";
import type { ServiceStore } from "./schema.ts";

export interface ReconciliationPorts {
  readonly tables: ServiceStore;
  readonly ledger: Pick<Ledger, "assets" | "totals" | "debtTotals" | "flows">;
  readonly snapshots: Pick<Snapshots, "list" | "record">;
  readonly incidents: ServiceIncidents;
  readonly reserves?: ReserveChains;
  readonly clock: Clock;
}

export interface ReconciliationRequest {
  /** The operator accepts the difference as explained. */
  readonly isRebased?: boolean;
}

interface ChainTotals {
  readonly totals: Totals;
  readonly unread: Unread;
  readonly oldestMs: number | undefined;
  readonly dissentCount: number;
  /** Addresses and assets in `totals`; a change makes earlier totals incomparable. */
  readonly counted: string;
}

/** Unchecked incidents stay open. @throws RESERVES_SOURCE_UNREADABLE, after all possible comparisons */
export async function reconcileAll(
  { isRebased = false }: ReconciliationRequest,
  ports: ReconciliationPorts,
): Promise<{ readonly openCount: number; readonly unreadCount: number }> {
  const chain = await chainTotals(ports);
  const { assets, chains } = chain.unread;
  const [tree, ledger] = [await treeIncidents(ports), await ledgerIncidents(chain, isRebased, ports)];
  const isKept = ({ asset, kind }: Incident) =>
    (asset !== undefined && assets.has(asset)) ||
    (tree === undefined && kind === "TREE_DIFFERS_FROM_LEDGER") ||
    (!ledger.isMovementCompared && MOVEMENTS.has(kind));
  const openCount = await ports.incidents.record([...(tree ?? []), ...ledger.found], isKept);
  if (isRebased && chains.size > 0)
    throw reservesErrors.RESERVES_SOURCE_UNREADABLE({
      reason: "not all chains read, so nothing was rebased",
      unread: [...chains.keys()].join(", "),
    });
  return { openCount, unreadCount: chains.size };
}

/** Kinds that need a baseline. */
const MOVEMENTS: ReadonlySet<string> = new Set<IncidentKind>([
  "LEDGER_NOT_CONSERVED",
  "CHAIN_MOVED_UNBOOKED",
]);
/** Kinds that need no chains. */
const OF_LEDGER: ReadonlySet<string> = new Set<IncidentKind>([
  "LEDGER_NOT_CONSERVED",
  "LEDGER_TOTAL_OVERFLOW",
]);
const OPEN_MAX = 10_000;

const NOTHING: ChainTotals = {
  totals: new Map(),
  oldestMs: undefined,
  dissentCount: 0,
  counted: "",
  unread: { chains: new Map(), assets: new Set() },
};

async function chainTotals({ tables, ledger, reserves }: ReconciliationPorts): Promise<ChainTotals> {
  if (reserves === undefined) return NOTHING;
  const { plan, chains } = reserves;
  const claims = await standingClaims(tables);
  const decimals = new Map((await ledger.assets()).map(({ symbol, decimals }) => [symbol, decimals]));
  const unread = { chains: new Map<string, string>(), assets: new Set<string>() };
  const planned = plan.assets.filter(({ asset }) => decimals.has(asset));
  const totals = new Map(planned.map(({ asset }) => [asset, 0n]));
  const times: number[] = [];
  let dissentCount = 0;
  for (const [name, chain] of chains) {
    const onChain = planned.map((asset) => ({
      ...asset,
      counted: asset.counted.filter((place) => place.chain === name),
    }));
    try {
      const own = claims.filter((claim) => claim.chain === name);
      const blockHeights = own.length === 0 ? {} : { [name]: await chain.height() };
      const read = await readReserves({ assets: onChain, decimals, claims: own, blockHeights }, chains);
      for (const { asset, amount } of read.holdings) totals.set(asset, (totals.get(asset) ?? 0n) + amount);
      dissentCount += read.dissent.length;
      if (read.oldestMs !== undefined) times.push(read.oldestMs);
    } catch (error) {
      unread.chains.set(name, isTrellisError(error) ? error.code : "UNKNOWN");
      for (const { asset, counted } of onChain) if (counted.length > 0) unread.assets.add(asset);
    }
  }
  for (const asset of unread.assets) totals.delete(asset);
  const counted = JSON.stringify([
    claims.map(({ chain, address }) => `${chain} ${address}`),
    planned.map(({ asset, counted: places }) => [asset, places]),
  ]);
  const oldestMs = times.length === 0 ? undefined : Math.min(...times);
  return { totals, unread, oldestMs, dissentCount, counted };
}

async function standingClaims({ db }: ReconciliationPorts["tables"]): Promise<ClaimedAddress[]> {
  const rows = await db
    .selectFrom("claims")
    .select(["chain", "address", "method"])
    .orderBy("chain")
    .orderBy("address")
    .execute();
  return rows.map(({ chain, address, method }) => ({ chain, address, method: method as OwnershipMethod }));
}

/** Compares tree and ledger at the tree's position. @returns undefined for schemes without totals */
async function treeIncidents({
  ledger,
  snapshots,
  clock,
}: ReconciliationPorts): Promise<Incident[] | undefined> {
  const newest = (await snapshots.list({ limit: 2 })).find(({ state }) => state === "signed");
  if (newest === undefined) return [];
  const { record } = await snapshots.record(newest.number);
  if (record.scheme === "plain") return undefined;
  const nowMs = clock.nowMs();
  const differing = (inLedger: Totals, inTree: SnapshotRecord["totals"]): Incident[] => {
    const tree = new Map(inTree.map(({ asset, amount }) => [asset, BigInt(amount)]));
    const there = { ledger: inLedger, tree, chain: new Map(), nowMs, chainTimeMs: nowMs, dissentCount: 0 };
    return reconcile(there, NO_LIMITS).filter(({ kind }) => kind === "TREE_DIFFERS_FROM_LEDGER");
  };
  const { totals, debts = [] } = record;
  const owed = debts.length === 0 ? [] : differing(await ledger.debtTotals(newest.position), debts);
  return [
    ...differing(await ledger.totals(newest.position), totals),
    ...owed.map((incident) => ({ ...incident, key: `${incident.key}:debt` })),
  ];
}

const NO_LIMITS = { marginBasisPoints: 0, readingAgeMsMax: 0, chainTolerance: new Map() };

async function ledgerIncidents(
  { totals, unread, oldestMs, dissentCount, counted }: ChainTotals,
  isRebased: boolean,
  { tables, ledger, incidents, reserves, clock }: ReconciliationPorts,
): Promise<{ readonly found: Incident[]; readonly isMovementCompared: boolean }> {
  const nowMs = clock.nowMs();
  const { byKind, balances, debts } = await ledger.flows();
  const now = { counted, takenAtMs: nowMs, ledger: balances, chain: totals, flows: byKind };
  const before = await baselineOf(tables, now, {
    isRebased,
    isWhole: unread.chains.size === 0,
    unexplained: () => openDifferences(incidents),
  });
  const all = reconcile(
    {
      ledger: balances,
      debts,
      tree: balances,
      chain: totals,
      nowMs,
      chainTimeMs: oldestMs ?? nowMs,
      dissentCount,
      unread,
      ...(before === undefined ? {} : { before }),
    },
    limitsOf(reserves),
  );
  const found = reserves === undefined ? all.filter(({ kind }) => OF_LEDGER.has(kind)) : all;
  return { found, isMovementCompared: before !== undefined };
}

async function openDifferences(incidents: ServiceIncidents): Promise<Unexplained> {
  const open = await incidents.list({ isOpen: true }, undefined, OPEN_MAX);
  const of = (wanted: IncidentKind): Totals =>
    new Map(
      open.flatMap(({ kind, asset, difference }) =>
        kind === wanted && asset !== undefined ? [[asset, BigInt(difference)] as const] : [],
      ),
    );
  return { ledger: of("LEDGER_NOT_CONSERVED"), chain: of("CHAIN_MOVED_UNBOOKED") };
}

function limitsOf(reserves: ReserveChains | undefined) {
  if (reserves === undefined) return NO_LIMITS;
  const { marginBasisPoints, readingAgeS, assets } = reserves.plan;
  const chainTolerance = new Map(assets.map(({ asset, tolerance }) => [asset, BigInt(tolerance)]));
  return { marginBasisPoints, readingAgeMsMax: readingAgeS * 1_000, chainTolerance };
}
