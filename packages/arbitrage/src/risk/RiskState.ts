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
  readonly pools: readonly Hex[];
  readonly lastBlock: number;
  /** Where it was put: of the trades of one nonce one is executed at most. Undefined before it is sent. */
  readonly nonce?: number;
}

/** What a trade was counted as whose block is not final: another thing may become of it. */
export interface Settled extends Reservation {
  readonly settlement: Settlement;
  /** When it was counted. */
  readonly day: number;
}

/** All that risk remembers of one chain: a value, never changed. */
export interface RiskState {
  /** Days since 1970, UTC. */
  readonly day: number;
  readonly chainWei: bigint;
  readonly tokenWei: ReadonlyMap<Hex, bigint>;
  readonly gasWei: bigint;
  /** Profits less losses and gas since the day began, or since a breaker was closed on it; negative for a loss. */
  readonly resultWei: bigint;
  readonly failuresInARow: number;
  /** Trades on their way, by id. */
  readonly reserved: ReadonlyMap<string, Reservation>;
  /** Trades that ended and are not final, by id. */
  readonly settled: ReadonlyMap<string, Settled>;
  readonly killed: Stop | undefined;
  readonly breaker: Stop | undefined;
}

/** How a trade ended. */
export interface Settlement {
  /** `expired` has moved nothing; it cost gas where a transfer to the wallet itself used its nonce. */
  readonly outcome: "executed" | "reverted" | "expired";
  /** What the owner received, in wei. */
  readonly profitWei: bigint;
  /** What the transaction cost. */
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
      /** What has become of it by now, whatever it was before; undefined: it is on its way again. */
      readonly settlement: Settlement | undefined;
      /** Nothing else becomes of it. */
      readonly isFinal: boolean;
    }
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
    case "placed":
      return place(state, event.id, event.nonce);
    case "settled":
      return withBreaker(settle(state, event), limits, nowMs);
    case "killed":
      // The first one's reason stays.
      return { ...state, killed: state.killed ?? { by: event.by, reason: event.reason, atMs: nowMs } };
    case "revived":
      return { ...state, killed: undefined };
    case "breakerClosed":
      // Losses count from here on, or it would open again at once. Without a breaker there is no reason to forget them.
      if (state.breaker === undefined) return state;
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

/** Who tells it, how often, and what was told before make no difference: what counts is what was told last. */
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

/** A failure stays in the row. What was counted on another day does not count any more. */
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
    return open(`the day's result is ${resultWei} wei, and a loss of ${limits.lossDayWeiMax} stops trading`);
  if (failuresInARow >= limits.failuresMax)
    return open(`${failuresInARow} trades failed in a row, and ${limits.failuresMax} stop trading`);
  return state;
}
