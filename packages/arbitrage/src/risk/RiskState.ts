import type { Hex } from "@trellis/base";
import type { RiskLimits, RiskRequest } from "./RiskLimits.ts";

/** Why nothing is admitted, until somebody says otherwise. */
export interface Stop {
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
}

/** What a trade on its way holds of the day's limits. */
export interface Reservation {
  readonly token: Hex;
  readonly notionalWei: bigint;
  readonly gasWeiMax: bigint;
  readonly day: number;
}

/** All that risk remembers of one chain: a value, never changed. */
export interface RiskState {
  /** Days since 1970, UTC. */
  readonly day: number;
  readonly chainWei: bigint;
  readonly tokenWei: ReadonlyMap<Hex, bigint>;
  readonly gasWei: bigint;
  /** Profits less losses and gas; negative for a loss. */
  readonly resultWei: bigint;
  readonly failuresInARow: number;
  /** Trades on their way, by id. */
  readonly reserved: ReadonlyMap<string, Reservation>;
  readonly killed: Stop | undefined;
  readonly breaker: Stop | undefined;
}

/** How a trade ended. */
export interface Settlement {
  /** `expired` has cost nothing and moved nothing. */
  readonly outcome: "executed" | "reverted" | "expired";
  /** What the owner received, in wei. */
  readonly profitWei: bigint;
  /** What the transaction cost. */
  readonly gasWei: bigint;
}

export type RiskEvent =
  | { readonly kind: "admitted"; readonly request: RiskRequest }
  | { readonly kind: "settled"; readonly id: string; readonly settlement: Settlement }
  /** What was settled is not so any more: its block was reorganised away, and it may be included again. */
  | { readonly kind: "undone"; readonly request: RiskRequest; readonly settlement: Settlement }
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
    killed: undefined,
    breaker: undefined,
  };
}

export function dayOf(nowMs: number): number {
  return Math.floor(nowMs / DAY_MS);
}

/** The state as it is at a time: a new day begins with nothing, but what stops trading goes on. */
export function riskAt(state: RiskState, nowMs: number): RiskState {
  const day = dayOf(nowMs);
  // A clock that was set back must not give the day's limits again.
  if (day <= state.day) return state;
  return { ...state, day, chainWei: 0n, tokenWei: new Map(), gasWei: 0n, resultWei: 0n };
}

/** What follows from an event. [ARB-23] */
export function riskAfter(before: RiskState, event: RiskEvent, limits: RiskLimits, nowMs: number): RiskState {
  const state = riskAt(before, nowMs);
  switch (event.kind) {
    case "admitted":
      return reserve(state, event.request);
    case "settled":
      return withBreaker(settle(state, event.id, event.settlement), limits, nowMs);
    case "undone":
      return reserve(undo(state, event.request, event.settlement), event.request);
    case "killed":
      // The first one's reason stays.
      return { ...state, killed: state.killed ?? { by: event.by, reason: event.reason, atMs: nowMs } };
    case "revived":
      return { ...state, killed: undefined };
    case "breakerClosed":
      // Counted from here on, or it would open again at once.
      return { ...state, breaker: undefined, failuresInARow: 0, resultWei: 0n };
  }
}

function reserve(state: RiskState, { id, token, notionalWei, gasWeiMax }: RiskRequest): RiskState {
  if (state.reserved.has(id)) return state;
  const reservation = { token, notionalWei, gasWeiMax, day: state.day };
  return { ...state, reserved: new Map(state.reserved).set(id, reservation) };
}

function settle(state: RiskState, id: string, { outcome, profitWei, gasWei }: Settlement): RiskState {
  const reservation = state.reserved.get(id);
  if (reservation === undefined) return state;
  const reserved = new Map(state.reserved);
  reserved.delete(id);
  if (outcome === "expired") return { ...state, reserved };
  const { token } = reservation;
  const notionalWei = outcome === "executed" ? reservation.notionalWei : 0n;
  return {
    ...state,
    reserved,
    chainWei: state.chainWei + notionalWei,
    tokenWei: new Map(state.tokenWei).set(token, (state.tokenWei.get(token) ?? 0n) + notionalWei),
    gasWei: state.gasWei + gasWei,
    resultWei: state.resultWei + profitWei - gasWei,
    failuresInARow: outcome === "executed" && profitWei >= gasWei ? 0 : state.failuresInARow + 1,
  };
}

function undo(state: RiskState, request: RiskRequest, { outcome, profitWei, gasWei }: Settlement): RiskState {
  if (outcome === "expired" || state.reserved.has(request.id)) return state;
  const { token } = request;
  const notionalWei = outcome === "executed" ? request.notionalWei : 0n;
  const less = (held: bigint, wei: bigint): bigint => (held > wei ? held - wei : 0n);
  return {
    ...state,
    chainWei: less(state.chainWei, notionalWei),
    tokenWei: new Map(state.tokenWei).set(token, less(state.tokenWei.get(token) ?? 0n, notionalWei)),
    gasWei: less(state.gasWei, gasWei),
    resultWei: state.resultWei - profitWei + gasWei,
  };
}

function withBreaker(state: RiskState, limits: RiskLimits, atMs: number): RiskState {
  if (state.breaker !== undefined) return state;
  const { failuresInARow, resultWei } = state;
  const open = (reason: string): RiskState => ({ ...state, breaker: { by: "risk", reason, atMs } });
  if (-resultWei >= limits.lossDayWeiMax)
    return open(`the day's result is ${resultWei} wei, and a loss of ${limits.lossDayWeiMax} stops trading`);
  if (failuresInARow >= limits.failuresMax)
    return open(`${failuresInARow} trades failed in a row, and ${limits.failuresMax} stop trading`);
  return state;
}
