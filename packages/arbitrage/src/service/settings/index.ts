export {
  type ArbitrageServiceSettings,
  arbitrageServiceDefinition,
  type FactorySetting,
  type LivePermit,
  type ProfitTokenSetting,
  type RelaySetting,
  type TokenLimit,
} from "./arbitrageServiceSettings.ts";
