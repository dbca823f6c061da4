import type { Hex } from "@trellis/base";
import type {
  ArbitrageLedger,
  AssetResult,
  DecisionRecord,
  HistoryQuery,
  Movement,
  NonceSlotBooking,
  Opportunity,
  OpportunityHistory,
  Period,
  PeriodResult,
  Position,
  ScanRecord,
  SimulationRecord,
  SkippedTrade,
  TimeRange,
} from "./ArbitrageLedger.ts";
import { ledgerErrors } from "./errors.ts";
import { differencesOf } from "./movementDifferences.ts";
import { outcomeAfter, UNSENT_OUTCOMES } from "./outcomeAfter.ts";
import { noOutcomes } from "./readResults.ts";

type MutableHistory = { -readonly [Key in keyof OpportunityHistory]: OpportunityHistory[Key] };
type EnteredMovement = Movement & { readonly position: bigint };

/** [ARB-25] */
export function createMemoryLedger(): ArbitrageLedger {
  return new MemoryLedger();
}

class MemoryLedger implements ArbitrageLedger {
  readonly storage = "memory";
  readonly #histories = new Map<string, MutableHistory>();
  readonly #scans = new Map<string, ScanRecord>();
  readonly #movements: EnteredMovement[] = [];
  readonly #slotVersions = new Map<string, number>();

  async addOpportunity(opportunity: Opportunity): Promise<void> {
    this.#add(opportunity);
  }

  async addSimulation(id: string, simulation: SimulationRecord): Promise<void> {
    const history = this.#require(id);
    history.simulations = [...history.simulations, simulation];
  }

  async addDecision(id: string, decision: DecisionRecord): Promise<void> {
    const history = this.#require(id);
    history.decisions = [...history.decisions, decision];
    if (UNSENT_OUTCOMES.includes(history.outcome))
      history.outcome = outcomeAfter(decision) ?? history.outcome;
  }

  async addSkipped(passed: readonly SkippedTrade[]): Promise<void> {
    for (const { opportunity, decision } of passed) {
      const history = this.#add(opportunity);
      if (history.decisions.length === 0) history.decisions = [decision];
      if (history.outcome === "found") history.outcome = "refused";
    }
  }

  async addScan(scan: ScanRecord): Promise<void> {
    const key = `${scan.chainId} ${scan.block.hash}`;
    if (scan.examined >= (this.#scans.get(key)?.examined ?? 0)) this.#scans.set(key, scan);
  }

  async setSlot(booking: NonceSlotBooking, nowMs: number): Promise<void> {
    const { chainId, wallet, nonce, version, transactionHashes, movements, executions } = booking;
    const slot = [chainId, wallet, nonce].join();
    if (version < (this.#slotVersions.get(slot) ?? 0)) return;
    this.#slotVersions.set(slot, version);
    for (const { opportunityId, execution, fills } of executions) {
      const history = this.#histories.get(opportunityId);
      if (history !== undefined) Object.assign(history, { execution, fills, outcome: execution.outcome });
    }
    await this.setMovements(chainId, transactionHashes, movements, nowMs);
  }

  async setMovements(
    chainId: number,
    transactionHashes: readonly Hex[],
    wanted: readonly Movement[],
    nowMs: number,
  ): Promise<void> {
    const entered = this.#movementsOf(chainId, transactionHashes);
    for (const { movement, amount, reference } of differencesOf(entered, wanted))
      this.#movements.push({
        ...movement,
        amount,
        reference,
        recordedAtMs: nowMs,
        position: BigInt(this.#movements.length + 1),
      });
  }

  async movementsOf(chainId: number, transactionHashes: readonly Hex[]): Promise<Movement[]> {
    return this.#movementsOf(chainId, transactionHashes).map(({ position: _, ...movement }) => movement);
  }

  async positions(chainId: number, upToHeight: number): Promise<Position[]> {
    const own = this.#movements.filter((one) => one.chainId === chainId && one.block.height <= upToHeight);
    const groups = Map.groupBy(own, ({ account, asset }) => `${account} ${asset}`);
    return [...groups.keys()].sort().flatMap((key) => {
      const [first, ...rest] = groups.get(key) ?? [];
      if (first === undefined) return [];
      const { account, asset } = first;
      return [{ account, asset, amount: rest.reduce((sum, { amount }) => sum + amount, first.amount) }];
    });
  }

  async results(time: TimeRange): Promise<AssetResult[]> {
    return resultsOf(this.#movements.filter(isIn(time)));
  }

  async performance(time: TimeRange, period: Period): Promise<PeriodResult[]> {
    const isBooked = isIn(time);
    const booked = Map.groupBy(
      this.#movements.filter((one) => isBooked(one) && isResult(one)),
      ({ recordedAtMs }) => beginOf(recordedAtMs, period),
    );
    const found = Map.groupBy(
      this.#newestFirst().filter(({ foundAtMs }) => foundAtMs >= time.fromMs && foundAtMs < time.toMs),
      ({ foundAtMs }) => beginOf(foundAtMs, period),
    );
    const begins = [...new Set([...booked.keys(), ...found.keys()])].sort((a, b) => a - b);
    return begins.map((fromMs) => {
      const outcomes = noOutcomes();
      for (const { outcome } of found.get(fromMs) ?? []) outcomes[outcome] += 1;
      return { fromMs, outcomes, assets: resultsOf(booked.get(fromMs) ?? []) };
    });
  }

  opportunity(id: string): Promise<OpportunityHistory | undefined> {
    return this.history(id);
  }

  async history(id: string): Promise<OpportunityHistory | undefined> {
    const history = this.#histories.get(id);
    return history && { ...history };
  }

  async histories(query: HistoryQuery): Promise<OpportunityHistory[]> {
    const { limit, after, token, outcomes, ids, fromMs = 0, toMs = Number.POSITIVE_INFINITY } = query;
    return this.#newestFirst()
      .filter(({ id }) => ids === undefined || ids.includes(id))
      .filter(({ foundAtMs }) => foundAtMs >= fromMs && foundAtMs < toMs)
      .filter(({ route }) => token === undefined || route.hops[0]?.tokenIn === token)
      .filter(({ outcome }) => outcomes === undefined || outcomes.includes(outcome))
      .filter(({ foundAtMs, id }) => isAfter([foundAtMs, id], after && [after.foundAtMs, after.id]))
      .slice(0, limit)
      .map((history) => ({ ...history }));
  }

  async scans(...[after, limit]: Parameters<ArbitrageLedger["scans"]>): Promise<ScanRecord[]> {
    return [...this.#scans.values()]
      .sort((a, b) => b.scannedAtMs - a.scannedAtMs || (a.block.hash < b.block.hash ? 1 : -1))
      .filter(({ scannedAtMs, block: { hash } }) =>
        isAfter([scannedAtMs, hash], after && [after.scannedAtMs, after.hash]),
      )
      .slice(0, limit);
  }

  async movements(after: bigint, limit: number, time?: TimeRange): Promise<EnteredMovement[]> {
    const isWanted = time === undefined ? () => true : isIn(time);
    return this.#movements.filter((one) => one.position > after && isWanted(one)).slice(0, limit);
  }

  #add(opportunity: Opportunity): MutableHistory {
    const known = this.#histories.get(opportunity.id);
    if (known !== undefined) return known;
    const nothing = { simulations: [], decisions: [], execution: undefined, fills: [] };
    const history: MutableHistory = { ...opportunity, outcome: "found", ...nothing };
    this.#histories.set(opportunity.id, history);
    return history;
  }

  #require(id: string): MutableHistory {
    const history = this.#histories.get(id);
    if (history === undefined) throw ledgerErrors.OPPORTUNITY_NOT_FOUND({ id });
    return history;
  }

  #movementsOf(chainId: number, transactionHashes: readonly Hex[]): EnteredMovement[] {
    return this.#movements.filter(
      (one) => one.chainId === chainId && transactionHashes.includes(one.transactionHash),
    );
  }

  #newestFirst(): MutableHistory[] {
    return [...this.#histories.values()].sort((a, b) => b.foundAtMs - a.foundAtMs || (a.id < b.id ? 1 : -1));
  }
}

function isAfter(
  [time, id]: readonly [number, string],
  after: readonly [number, string] | undefined,
): boolean {
  return after === undefined || time < after[0] || (time === after[0] && id < after[1]);
}

function isIn({ fromMs, toMs }: TimeRange): (movement: Movement) => boolean {
  return ({ recordedAtMs }) => recordedAtMs >= fromMs && recordedAtMs < toMs;
}

function isResult({ kind }: Movement): boolean {
  return kind === "profit" || kind === "gas";
}

function resultsOf(movements: readonly Movement[]): AssetResult[] {
  const own = movements.filter(isResult);
  const groups = Map.groupBy(own, ({ chainId, asset }) => `${String(chainId).padStart(16, "0")} ${asset}`);
  return [...groups.keys()].sort().map((key) => {
    const group = groups.get(key) ?? [];
    const sumOf = (kind: Movement["kind"]) =>
      group.filter((one) => one.kind === kind).reduce((sum, { amount }) => sum + amount, 0n);
    return {
      chainId: group[0]?.chainId ?? 0,
      asset: group[0]?.asset ?? "coin",
      profit: sumOf("profit"),
      gas: sumOf("gas"),
      reference: group.reduce((sum, { reference = 0n }) => sum + reference, 0n),
      unpricedCount: group.filter(({ reference }) => reference === undefined).length,
    };
  });
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** 1970 began on a Thursday. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

function beginOf(timeMs: number, period: Period): number {
  const floor = (sizeMs: number, fromMs = 0): number =>
    timeMs - ((((timeMs - fromMs) % sizeMs) + sizeMs) % sizeMs);
  if (period === "hour") return floor(HOUR_MS);
  if (period === "day") return floor(DAY_MS);
  if (period === "week") return floor(7 * DAY_MS, FIRST_MONDAY_MS);
  const date = new Date(timeMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
}
