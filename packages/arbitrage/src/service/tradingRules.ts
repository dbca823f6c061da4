import type { Hex } from "@trellis/base";
import type { ScreeningLists } from "../compliance/index.ts";
import type { EngineOptions, EngineRules } from "../engine/index.ts";
import type { RiskLimits } from "../risk/index.ts";
import type { ArbitrageServiceSettings } from "./settings/index.ts";

export interface TradingRules {
  readonly engine: EngineRules;
  readonly limits: RiskLimits;
  readonly lists: ScreeningLists;
  readonly liveDayWeiMax: bigint | undefined;
}

/** @param denied from the screening file */
export function tradingRules(
  settings: ArbitrageServiceSettings,
  options: Pick<EngineOptions, "chainId" | "executor" | "prices" | "isSimulated">,
  denied: ReadonlySet<Hex>,
): TradingRules {
  const { limits, screening, prices } = settings;
  const chainDayWeiMax = BigInt(limits.chainDayMax);
  const permitted = permittedWei(settings, options);
  // Live mode needs simulation.
  const liveDayWeiMax =
    options.isSimulated && permitted !== undefined ? least(permitted, chainDayWeiMax) : undefined;
  return {
    liveDayWeiMax,
    engine: {
      mayTrade: liveDayWeiMax !== undefined,
      thresholdWei: BigInt(limits.threshold),
      marginPpm: limits.marginPpm,
      gasPriceWeiMax: BigInt(limits.gasPriceMax),
      tradeWeiMax: BigInt(limits.tradeMax),
    },
    limits: {
      profitTokens: new Set(options.prices.keys()),
      tradeWeiMax: BigInt(limits.tradeMax),
      tokenDayWeiMax: BigInt(limits.tokenDayMax),
      tokenDayWeiMaxOf: new Map(limits.tokenDayMaxOf.map(({ token, dayMax }) => [token, BigInt(dayMax)])),
      chainDayWeiMax: liveDayWeiMax ?? chainDayWeiMax,
      gasDayWeiMax: BigInt(limits.gasDayMax),
      lossDayWeiMax: BigInt(limits.lossDayMax),
      failuresMax: limits.failuresMax,
      gasPriceWeiMax: BigInt(limits.gasPriceMax),
      dataAgeMsMax: limits.dataAgeMax,
      priceDeviationPpmMax: prices.deviationMax,
    },
    lists: {
      allowTokens: new Set(screening.allowTokens),
      denyTokens: new Set(screening.denyTokens),
      denyPools: new Set(screening.denyPools),
      denyAddresses: new Set([...screening.denyAddresses, ...denied]),
    },
  };
}

/** Permitted daily volume in wei. */
function permittedWei(
  { live, liveFor, limits }: ArbitrageServiceSettings,
  { chainId, executor }: Pick<EngineOptions, "chainId" | "executor">,
): bigint | undefined {
  if (!live) return undefined;
  if (liveFor.length === 0) return BigInt(limits.chainDayMax);
  const permit = liveFor.find(({ chain, wallet }) => chain === chainId && wallet === executor);
  return permit && BigInt(permit.dayMax);
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
