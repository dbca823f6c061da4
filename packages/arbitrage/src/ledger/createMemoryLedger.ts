import type { Hex } from "@trellis/base";
import type {
  ArbitrageLedger,
  AssetResult,
  Movement,
  Opportunity,
  OpportunityHistory,
  Period,
  PeriodResult,
  ScanRecord,
  TimeRange,
} from "./ArbitrageLedger.ts";
import { ledgerErrors } from "./errors.ts";
import { differencesOf } from "./movementDifferences.ts";
import { outcomeAfter, UNSENT_OUTCOMES } from "./outcomeAfter.ts";
import { noOutcomes } from "./readResults.ts";
import type { OpportunityOutcome } from "./schema.ts";

type Changing<T> = { -readonly [Key in keyof T]: T[Key] };
type Entered = Movement & { readonly position: bigint };

/** The books of one process, which forgets them when it ends: for tests, and for what is only tried. [ARB-25] */
export function createMemoryLedger(): ArbitrageLedger {
  const histories = new Map<string, Changing<OpportunityHistory>>();
  const scans = new Map<string, ScanRecord>();
  const movements: Entered[] = [];
  /** By chain, wallet and nonce. */
  const slotVersions = new Map<string, number>();

  function add(opportunity: Opportunity): Changing<OpportunityHistory> {
    const known = histories.get(opportunity.id);
    if (known !== undefined) return known;
    const nothing = { simulations: [], decisions: [], execution: undefined, fills: [] };
    const history = { ...opportunity, outcome: "found" as OpportunityOutcome, ...nothing };
    histories.set(opportunity.id, history);
    return history;
  }

  function known(id: string): Changing<OpportunityHistory> {
    const history = histories.get(id);
    if (history === undefined) throw ledgerErrors.OPPORTUNITY_NOT_FOUND({ id });
    return history;
  }

  function movementsOf(chainId: number, transactionHashes: readonly Hex[]): Movement[] {
    return movements
      .filter((one) => one.chainId === chainId && transactionHashes.includes(one.transactionHash))
      .map(({ position: _, ...movement }) => movement);
  }

  function enterMovements(
    chainId: number,
    transactionHashes: readonly Hex[],
    wanted: readonly Movement[],
    nowMs: number,
  ): void {
    const entered = movementsOf(chainId, transactionHashes);
    for (const { movement, amount, reference } of differencesOf(entered, wanted))
      movements.push({
        ...{ ...movement, amount, reference, recordedAtMs: nowMs },
        position: BigInt(movements.length + 1),
      });
  }

  const newestFirst = () =>
    [...histories.values()].sort((a, b) => b.foundAtMs - a.foundAtMs || (a.id < b.id ? 1 : -1));

  return {
    storage: "memory",
    async addOpportunity(opportunity) {
      add(opportunity);
    },
    async addSimulation(id, simulation) {
      const history = known(id);
      history.simulations = [...history.simulations, simulation];
    },
    async addDecision(id, decision) {
      const history = known(id);
      history.decisions = [...history.decisions, decision];
      if (UNSENT_OUTCOMES.includes(history.outcome))
        history.outcome = outcomeAfter(decision) ?? history.outcome;
    },
    async addPassedOver(passed) {
      for (const { opportunity, decision } of passed) {
        const history = add(opportunity);
        if (history.decisions.length === 0) history.decisions = [decision];
        if (history.outcome === "found") history.outcome = "refused";
      }
    },
    async addScan(scan) {
      const key = `${scan.chainId} ${scan.block.hash}`;
      if (scan.examined >= (scans.get(key)?.examined ?? 0)) scans.set(key, scan);
    },
    async setSlot({ chainId, wallet, nonce, version, transactionHashes, ...booking }, nowMs) {
      const slot = [chainId, wallet, nonce].join();
      if (version < (slotVersions.get(slot) ?? 0)) return;
      slotVersions.set(slot, version);
      for (const { opportunityId, execution, fills } of booking.executions) {
        const history = histories.get(opportunityId);
        if (history !== undefined) Object.assign(history, { execution, fills, outcome: execution.outcome });
      }
      enterMovements(chainId, transactionHashes, booking.movements, nowMs);
    },
    async setMovements(chainId, transactionHashes, wanted, nowMs) {
      enterMovements(chainId, transactionHashes, wanted, nowMs);
    },
    movementsOf: async (chainId, transactionHashes) => movementsOf(chainId, transactionHashes),
    async positions(chainId, upToHeight) {
      const own = movements.filter((one) => one.chainId === chainId && one.block.height <= upToHeight);
      const groups = Map.groupBy(own, ({ account, asset }) => `${account} ${asset}`);
      return [...groups.keys()].sort().flatMap((key) => {
        const [first, ...rest] = groups.get(key) ?? [];
        if (first === undefined) return [];
        const { account, asset } = first;
        return [{ account, asset, amount: rest.reduce((sum, { amount }) => sum + amount, first.amount) }];
      });
    },
    results: async (time) => resultsOf(movements.filter(isIn(time))),
    async performance(time, period) {
      const booked = Map.groupBy(movements.filter(isIn(time)), (one) => beginOf(one.recordedAtMs, period));
      const found = Map.groupBy(
        [...histories.values()].filter(({ foundAtMs }) => foundAtMs >= time.fromMs && foundAtMs < time.toMs),
        ({ foundAtMs }) => beginOf(foundAtMs, period),
      );
      const results = new Map([...booked].map(([begin, own]) => [begin, resultsOf(own)]));
      const begins = [...new Set([...results].filter(([, own]) => own.length > 0).map(([begin]) => begin))];
      return [...new Set([...begins, ...found.keys()])]
        .sort((a, b) => a - b)
        .map((fromMs): PeriodResult => {
          const outcomes = noOutcomes();
          for (const { outcome } of found.get(fromMs) ?? []) outcomes[outcome] += 1;
          return { fromMs, outcomes, assets: results.get(fromMs) ?? [] };
        });
    },
    opportunity: async (id) => copyOf(histories.get(id)),
    history: async (id) => copyOf(histories.get(id)),
    async histories({ limit, after, token, outcomes, ids, fromMs = 0, toMs = Number.POSITIVE_INFINITY }) {
      return newestFirst()
        .filter(({ id }) => ids === undefined || ids.includes(id))
        .filter(({ foundAtMs }) => foundAtMs >= fromMs && foundAtMs < toMs)
        .filter(({ route }) => token === undefined || route.hops[0]?.tokenIn === token)
        .filter(({ outcome }) => outcomes === undefined || outcomes.includes(outcome))
        .filter(({ foundAtMs, id }) => isBehind([foundAtMs, id], after && [after.foundAtMs, after.id]))
        .slice(0, limit)
        .map((history) => ({ ...history }));
    },
    async scans(after, limit) {
      return [...scans.values()]
        .sort((a, b) => b.scannedAtMs - a.scannedAtMs || (a.block.hash < b.block.hash ? 1 : -1))
        .filter(({ scannedAtMs, block: { hash } }) =>
          isBehind([scannedAtMs, hash], after && [after.scannedAtMs, after.hash]),
        )
        .slice(0, limit);
    },
    async movements(after, limit, time) {
      const isWanted = time === undefined ? () => true : isIn(time);
      return movements.filter((one) => one.position > after && isWanted(one)).slice(0, limit);
    },
  };
}

function copyOf(history: OpportunityHistory | undefined): OpportunityHistory | undefined {
  return history && { ...history };
}

/** In a list that has the newest, and of those the greatest, first. */
function isBehind(
  [time, id]: readonly [number, string],
  after: readonly [number, string] | undefined,
): boolean {
  return after === undefined || time < after[0] || (time === after[0] && id < after[1]);
}

function isIn({ fromMs, toMs }: TimeRange): (movement: Movement) => boolean {
  return ({ recordedAtMs }) => recordedAtMs >= fromMs && recordedAtMs < toMs;
}

function resultsOf(movements: readonly Movement[]): AssetResult[] {
  const own = movements.filter(({ kind }) => kind === "profit" || kind === "gas");
  const groups = Map.groupBy(own, ({ chainId, asset }) => `${String(chainId).padStart(16, "0")} ${asset}`);
  return [...groups.keys()].sort().map((key) => {
    const group = groups.get(key) ?? [];
    const sumOf = (kind: Movement["kind"]) =>
      group.filter((one) => one.kind === kind).reduce((sum, { amount }) => sum + amount, 0n);
    return {
      chainId: group[0]?.chainId ?? 0,
      asset: group[0]?.asset ?? "coin",
      ...{ profit: sumOf("profit"), gas: sumOf("gas") },
      reference: group.reduce((sum, { reference = 0n }) => sum + reference, 0n),
      unpricedCount: group.filter(({ reference }) => reference === undefined).length,
    };
  });
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** 1970 began on a Thursday. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

/** When the period of a time began, UTC. */
function beginOf(timeMs: number, period: Period): number {
  const floor = (sizeMs: number, fromMs = 0): number =>
    timeMs - ((((timeMs - fromMs) % sizeMs) + sizeMs) % sizeMs);
  if (period === "hour") return floor(HOUR_MS);
  if (period === "day") return floor(DAY_MS);
  if (period === "week") return floor(7 * DAY_MS, FIRST_MONDAY_MS);
  const date = new Date(timeMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
}
