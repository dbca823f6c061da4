import type { Hex } from "@trellis/base";
import type { ScreeningLists } from "../compliance/index.ts";
import type { EngineRules, EngineTerms } from "../engine/index.ts";
import type { RiskLimits } from "../risk/index.ts";
import type { ArbitrageServiceSettings } from "./settings/index.ts";

/** What settings decide while the service runs. */
export interface TradingRules {
  readonly engine: EngineRules;
  readonly limits: RiskLimits;
  readonly lists: ScreeningLists;
  /** The most that a day's trades may move with money; undefined on paper. */
  readonly liveDayWeiMax: bigint | undefined;
}

/** @param denied addresses that a file denies */
export function tradingRules(
  flags: ArbitrageServiceSettings,
  terms: Pick<EngineTerms, "chainId" | "executor" | "prices" | "isSimulated">,
  denied: ReadonlySet<Hex>,
): TradingRules {
  const chainDayWeiMax = BigInt(flags.chainDayMax);
  const permitted = permittedWei(flags, terms);
  // Without the contract nothing was simulated that money could go on.
  const liveDayWeiMax =
    terms.isSimulated && permitted !== undefined ? least(permitted, chainDayWeiMax) : undefined;
  return {
    liveDayWeiMax,
    engine: {
      mayTrade: liveDayWeiMax !== undefined,
      thresholdWei: BigInt(flags.threshold),
      marginPpm: flags.marginPpm,
      gasPriceWeiMax: BigInt(flags.gasPriceMax),
      tradeWeiMax: BigInt(flags.tradeMax),
    },
    limits: {
      profitTokens: new Set(terms.prices.keys()),
      tradeWeiMax: BigInt(flags.tradeMax),
      tokenDayWeiMax: BigInt(flags.tokenDayMax),
      tokenDayWeiMaxOf: new Map(flags.tokenDayMaxOf.map(({ token, dayMax }) => [token, BigInt(dayMax)])),
      chainDayWeiMax: liveDayWeiMax ?? chainDayWeiMax,
      gasDayWeiMax: BigInt(flags.gasDayMax),
      lossDayWeiMax: BigInt(flags.lossDayMax),
      failuresMax: flags.failuresMax,
      gasPriceWeiMax: BigInt(flags.gasPriceMax),
      dataAgeMsMax: flags.dataAgeMax,
      priceDeviationPpmMax: flags.priceDeviationMax,
    },
    lists: {
      allowTokens: new Set(flags.allowTokens),
      denyTokens: new Set(flags.denyTokens),
      denyPools: new Set(flags.denyPools),
      denyAddresses: new Set([...flags.denyAddresses, ...denied]),
    },
  };
}

/** Money is used where it is switched on, for this chain and wallet, up to a limit; undefined for paper. */
function permittedWei(
  { live, liveFor, chainDayMax }: ArbitrageServiceSettings,
  { chainId, executor }: Pick<EngineTerms, "chainId" | "executor">,
): bigint | undefined {
  if (!live) return undefined;
  if (liveFor.length === 0) return BigInt(chainDayMax);
  const permit = liveFor.find(({ chain, wallet }) => chain === chainId && wallet === executor);
  return permit && BigInt(permit.dayMax);
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
