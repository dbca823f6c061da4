import type { RiskLimits, RiskRequest } from "./RiskLimits.ts";
import { type RiskState, riskAt } from "./RiskState.ts";

export const REFUSALS = [
  "killed",
  "breakerOpen",
  "alreadyAdmitted",
  "poolReserved",
  "profitTokenUntrusted",
  "tradeTooLarge",
  "tokenDayExhausted",
  "chainDayExhausted",
  "gasDayExhausted",
  "gasPriceTooHigh",
  "dataStale",
  "priceUnknown",
  "priceDeviates",
] as const;
export type Refusal = (typeof REFUSALS)[number];

export interface RiskVerdict {
  readonly isAdmitted: boolean;
  readonly refusals: readonly { readonly refusal: Refusal; readonly reason: string }[];
  readonly reason: string;
}

/** [ARB-22] */
export function assess(
  before: RiskState,
  request: RiskRequest,
  limits: RiskLimits,
  nowMs: number,
): RiskVerdict {
  const state = riskAt(before, nowMs);
  const refusals = REFUSALS.flatMap((refusal) => {
    const reason = RULES[refusal](state, request, limits, nowMs);
    return reason === undefined ? [] : [{ refusal, reason }];
  });
  const reason = refusals.length === 0 ? "within all limits" : refusals.map((each) => each.reason).join("; ");
  return { isAdmitted: refusals.length === 0, refusals, reason };
}

type Rule = (state: RiskState, request: RiskRequest, limits: RiskLimits, nowMs: number) => string | undefined;

const RULES: Readonly<Record<Refusal, Rule>> = {
  killed: ({ killed }) => killed && `killed by ${killed.by}: ${killed.reason}`,
  breakerOpen: ({ breaker }) => breaker && `circuit breaker open: ${breaker.reason}`,
  alreadyAdmitted: ({ reserved, settled }, { id }) =>
    reserved.has(id) || settled.has(id) ? `${id} was already admitted` : undefined,
  poolReserved({ reserved }, { pools, height }) {
    for (const [id, held] of reserved) {
      const pool = held.lastBlock > height && held.pools.find((each) => pools.includes(each));
      if (pool) return `pool ${pool} is in use by ${id}`;
    }
    return undefined;
  },
  profitTokenUntrusted: (_, { token }, { profitTokens }) =>
    profitTokens.has(token) ? undefined : `${token} is not a profit token`,
  tradeTooLarge: (_, { notionalWei }, { tradeWeiMax }) =>
    past("volume of the trade:", notionalWei, tradeWeiMax),
  tokenDayExhausted(state, { token, notionalWei }, limits) {
    const day = (state.tokenWei.get(token) ?? 0n) + reservedOf(state, "notionalWei", token) + notionalWei;
    return past(
      `daily volume of ${token}:`,
      day,
      limits.tokenDayWeiMaxOf.get(token) ?? limits.tokenDayWeiMax,
    );
  },
  chainDayExhausted: (state, { notionalWei }, { chainDayWeiMax }) =>
    past("daily volume:", state.chainWei + reservedOf(state, "notionalWei") + notionalWei, chainDayWeiMax),
  gasDayExhausted: (state, { gasWeiMax }, { gasDayWeiMax }) =>
    past("daily gas cost:", state.gasWei + reservedOf(state, "gasWeiMax") + gasWeiMax, gasDayWeiMax),
  gasPriceTooHigh: (_, { gasPriceWei }, { gasPriceWeiMax }) =>
    past("gas price:", gasPriceWei, gasPriceWeiMax),
  dataStale(_, { blockTimeMs }, { dataAgeMsMax }, nowMs) {
    // A block time far in the future also means a wrong clock.
    const ageMs = Math.abs(nowMs - blockTimeMs);
    return ageMs > dataAgeMsMax
      ? `the block time is ${ageMs} ms from now, more than ${dataAgeMsMax}`
      : undefined;
  },
  priceUnknown: (_, { priceDeviationPpm, priceReason }) => {
    if (priceDeviationPpm !== undefined) return undefined;
    return priceReason === undefined ? "no reference price" : `no reference price: ${priceReason}`;
  },
  priceDeviates: (_, { priceDeviationPpm = 0 }, { priceDeviationPpmMax }) =>
    Math.abs(priceDeviationPpm) <= priceDeviationPpmMax
      ? undefined
      : `the price deviates by ${priceDeviationPpm} ppm from the reference, more than ${priceDeviationPpmMax}`,
};

/** Includes trades of all days. Of trades with one nonce, only the largest is added. */
export function reservedOf(state: RiskState, of: "notionalWei" | "gasWeiMax", token?: string): bigint {
  let sum = 0n;
  const largest = new Map<number, bigint>();
  for (const reservation of state.reserved.values()) {
    if (token !== undefined && reservation.token !== token) continue;
    const { [of]: wei, nonce } = reservation;
    const held = nonce === undefined ? 0n : (largest.get(nonce) ?? 0n);
    if (wei <= held) continue;
    if (nonce !== undefined) largest.set(nonce, wei);
    sum += wei - held;
  }
  return sum;
}

function past(what: string, got: bigint, max: bigint): string | undefined {
  return got > max ? `${what} ${got} wei, more than ${max}` : undefined;
}
