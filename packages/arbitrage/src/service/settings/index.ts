export {
  ARBITRAGE_SETTINGS_SCHEMA,
  type ArbitrageServiceSettings,
  arbitrageServiceDefinition,
  type FactorySetting,
} from "./arbitrageServiceSettings.ts";
