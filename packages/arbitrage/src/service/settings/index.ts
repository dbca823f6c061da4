export {
  ARBITRAGE_SETTINGS_SCHEMA,
  type ArbitrageServiceSettings,
  arbitrageServiceDefinition,
  type FactorySetting,
  type RuntimeArbitrageSettings,
  runtimeArbitrageDefinition,
} from "./arbitrageServiceSettings.ts";
