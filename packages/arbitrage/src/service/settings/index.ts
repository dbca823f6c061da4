export {
  ARBITRAGE_SETTINGS_SCHEMA,
  type ArbitrageServiceSettings,
  arbitrageServiceDefinition,
  type DynamicArbitrageSettings,
  dynamicArbitrageDefinition,
  type FactorySetting,
} from "./arbitrageServiceSettings.ts";
