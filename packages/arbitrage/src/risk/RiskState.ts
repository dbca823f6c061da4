import type { Hex } from "@trellis/base";
import type { RiskLimits, RiskRequest } from "./RiskLimits.ts";

export interface Stop {
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
}

export interface Reservation {
  readonly token: Hex;
  readonly notionalWei: bigint;
  readonly gasWeiMax: bigint;
  readonly day: number;
  readonly pools: readonly Hex[];
  readonly lastBlock: number;
  /** Undefined before broadcast. Of trades with one nonce, only one can execute. */
  readonly nonce?: number;
}

/** Settled by a block that is not final. */
export interface Settled extends Reservation {
  readonly settlement: Settlement;
  readonly day: number;
}

export interface RiskState {
  readonly day: number;
  readonly chainWei: bigint;
  readonly tokenWei: ReadonlyMap<Hex, bigint>;
  readonly gasWei: bigint;
  /** Result of the day, or since the breaker was last closed. */
  readonly resultWei: bigint;
  readonly failuresInARow: number;
  readonly reserved: ReadonlyMap<string, Reservation>;
  readonly settled: ReadonlyMap<string, Settled>;
  readonly killed: Stop | undefined;
  readonly breaker: Stop | undefined;
}

export interface Settlement {
  /** `expired`: not executed; a self-transfer may have cost gas. */
  readonly outcome: "executed" | "reverted" | "expired";
  readonly profitWei: bigint;
  readonly gasWei: bigint;
}

export function isSettledAlike(a: Settlement | undefined, b: Settlement | undefined): boolean {
  return a?.outcome === b?.outcome && a?.profitWei === b?.profitWei && a?.gasWei === b?.gasWei;
}

export type RiskEvent =
  | { readonly kind: "admitted"; readonly request: RiskRequest }
  | { readonly kind: "placed"; readonly id: string; readonly nonce: number }
  | {
      readonly kind: "settled";
      readonly id: string;
      readonly settlement: Settlement | undefined;
      readonly isFinal: boolean;
    }
  | { readonly kind: "inherited"; readonly from: RiskState }
  | { readonly kind: "killed"; readonly by: string; readonly reason: string }
  | { readonly kind: "revived" }
  | { readonly kind: "breakerClosed" };

const DAY_MS = 86_400_000;

export function initialRisk(nowMs: number): RiskState {
  return {
    day: dayOf(nowMs),
    chainWei: 0n,
    tokenWei: new Map(),
    gasWei: 0n,
    resultWei: 0n,
    failuresInARow: 0,
    reserved: new Map(),
    settled: new Map(),
    killed: undefined,
    breaker: undefined,
  };
}

function dayOf(nowMs: number): number {
  return Math.floor(nowMs / DAY_MS);
}

/** Resets the day's sums, but neither kill switch nor breaker. */
export function riskAt(state: RiskState, nowMs: number): RiskState {
  const day = dayOf(nowMs);
  // A clock that moves back must not reset limits.
  if (day <= state.day) return state;
  return { ...state, day, chainWei: 0n, tokenWei: new Map(), gasWei: 0n, resultWei: 0n };
}

/** [ARB-23] */
export function riskAfter(before: RiskState, event: RiskEvent, limits: RiskLimits, nowMs: number): RiskState {
  const state = riskAt(before, nowMs);
  switch (event.kind) {
    case "admitted":
      return reserve(state, event.request);
    case "placed":
      return place(state, event.id, event.nonce);
    case "settled":
      return withBreaker(settle(state, event), limits, nowMs);
    case "inherited":
      return inherit(state, riskAt(event.from, nowMs));
    case "killed":
      return { ...state, killed: state.killed ?? { by: event.by, reason: event.reason, atMs: nowMs } };
    case "revived":
      return { ...state, killed: undefined };
    case "breakerClosed":
      if (state.breaker === undefined) return state;
      // Without these resets, the breaker would reopen immediately.
      return { ...state, breaker: undefined, failuresInARow: 0, resultWei: 0n };
  }
}

function reserve(
  state: RiskState,
  { id, token, notionalWei, gasWeiMax, pools, lastBlock }: RiskRequest,
): RiskState {
  if (state.reserved.has(id)) return state;
  const reservation = { token, notionalWei, gasWeiMax, day: state.day, pools, lastBlock };
  return { ...state, reserved: new Map(state.reserved).set(id, reservation) };
}

function place(state: RiskState, id: string, nonce: number): RiskState {
  const reservation = state.reserved.get(id);
  if (reservation === undefined) return state;
  return { ...state, reserved: new Map(state.reserved).set(id, { ...reservation, nonce }) };
}

/** Takes the stricter values, because workers that switch later inherit again. */
function inherit(state: RiskState, from: RiskState): RiskState {
  const tokenWei = new Map(state.tokenWei);
  for (const [token, wei] of from.tokenWei) tokenWei.set(token, greatest(wei, tokenWei.get(token) ?? 0n));
  return {
    ...state,
    day: Math.max(state.day, from.day),
    tokenWei,
    chainWei: greatest(state.chainWei, from.chainWei),
    gasWei: greatest(state.gasWei, from.gasWei),
    resultWei: -greatest(-state.resultWei, -from.resultWei),
    failuresInARow: Math.max(state.failuresInARow, from.failuresInARow),
    killed: state.killed ?? from.killed,
    breaker: state.breaker ?? from.breaker,
  };
}

function greatest(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function settle(before: RiskState, { id, settlement, isFinal }: RiskEvent & { kind: "settled" }): RiskState {
  const counted = before.settled.get(id);
  const known = counted ?? before.reserved.get(id);
  if (known === undefined) return before;
  const isSame = isSettledAlike(counted?.settlement, settlement);
  if (isSame && !isFinal) return before;
  const state = isSame ? before : count(takeBack(before, counted), known, settlement, counted?.settlement);
  const [reserved, settled] = [new Map(before.reserved), new Map(before.settled)];
  reserved.delete(id);
  settled.delete(id);
  const { settlement: _, ...reservation } = { settlement: undefined, ...known, day: state.day };
  if (settlement === undefined) reserved.set(id, reservation);
  else if (!isFinal) settled.set(id, { ...reservation, settlement });
  return { ...state, reserved, settled };
}

function count(
  state: RiskState,
  { token, notionalWei: heldWei }: Reservation,
  settlement: Settlement | undefined,
  before: Settlement | undefined,
): RiskState {
  if (settlement === undefined) return state;
  const notionalWei = settlement.outcome === "executed" ? heldWei : 0n;
  const failuresInARow = isFailure(settlement)
    ? state.failuresInARow + (isFailure(before) ? 0 : 1)
    : settlement.outcome === "expired"
      ? state.failuresInARow
      : 0;
  return { ...moved(state, token, notionalWei, settlement, 1n), failuresInARow };
}

function takeBack(state: RiskState, counted: Settled | undefined): RiskState {
  if (counted === undefined || counted.day !== state.day) return state;
  const { token, settlement } = counted;
  const notionalWei = settlement.outcome === "executed" ? counted.notionalWei : 0n;
  return moved(state, token, notionalWei, settlement, -1n);
}

function moved(
  state: RiskState,
  token: Hex,
  notionalWei: bigint,
  { profitWei, gasWei }: Settlement,
  sign: 1n | -1n,
): RiskState {
  return {
    ...state,
    chainWei: state.chainWei + sign * notionalWei,
    tokenWei:
      notionalWei === 0n
        ? state.tokenWei
        : new Map(state.tokenWei).set(token, (state.tokenWei.get(token) ?? 0n) + sign * notionalWei),
    gasWei: state.gasWei + sign * gasWei,
    resultWei: state.resultWei + sign * (profitWei - gasWei),
  };
}

function isFailure(settlement: Settlement | undefined): boolean {
  if (settlement === undefined || settlement.outcome === "expired") return false;
  return settlement.outcome === "reverted" || settlement.profitWei < settlement.gasWei;
}

function withBreaker(state: RiskState, limits: RiskLimits, atMs: number): RiskState {
  if (state.breaker !== undefined) return state;
  const { failuresInARow, resultWei } = state;
  const open = (reason: string): RiskState => ({ ...state, breaker: { by: "risk", reason, atMs } });
  if (-resultWei >= limits.lossDayWeiMax)
    return open(`daily result ${resultWei} wei, loss limit ${limits.lossDayWeiMax}`);
  if (failuresInARow >= limits.failuresMax)
    return open(`${failuresInARow} consecutive failures, limit ${limits.failuresMax}`);
  return state;
}
