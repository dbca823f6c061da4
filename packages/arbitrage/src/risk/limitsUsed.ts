import { reservedOf } from "./assess.ts";
import type { RiskLimits } from "./RiskLimits.ts";
import type { RiskState } from "./RiskState.ts";

export const USED_LIMITS = ["chainDayMax", "tokenDayMax", "gasDayMax", "lossDayMax", "failuresMax"] as const;
export type UsedLimit = (typeof USED_LIMITS)[number];

/** Includes pending trades; `tokenDayMax` is for the most used token. */
export function limitsUsed(state: RiskState, limits: RiskLimits): Readonly<Record<UsedLimit, number>> {
  const moved = (token?: string): bigint => reservedOf(state, "notionalWei", token);
  const tokens = new Set([
    ...state.tokenWei.keys(),
    ...[...state.reserved.values()].map(({ token }) => token),
  ]);
  const ofTokens = [...tokens].map((token) =>
    shareOf(
      (state.tokenWei.get(token) ?? 0n) + moved(token),
      limits.tokenDayWeiMaxOf.get(token) ?? limits.tokenDayWeiMax,
    ),
  );
  return {
    chainDayMax: shareOf(state.chainWei + moved(), limits.chainDayWeiMax),
    tokenDayMax: Math.max(0, ...ofTokens),
    gasDayMax: shareOf(state.gasWei + reservedOf(state, "gasWeiMax"), limits.gasDayWeiMax),
    lossDayMax: state.resultWei < 0n ? shareOf(-state.resultWei, limits.lossDayWeiMax) : 0,
    failuresMax: state.failuresInARow / limits.failuresMax,
  };
}

function shareOf(used: bigint, max: bigint): number {
  return max === 0n ? 1 : Number(used) / Number(max);
}
