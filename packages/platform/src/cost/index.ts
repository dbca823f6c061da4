export type { Budget } from "./budgets.ts";
export type { Space } from "./CostForecast.ts";
export { type CostOptions, CostWatch } from "./CostWatch.ts";
export { type CostRoutePorts, costRoutes } from "./costRoutes.ts";
export { measureCost } from "./measureCost.ts";
export { amount } from "./money.ts";
export { openUsageStore } from "./openUsageStore.ts";
export type { Prices } from "./prices.ts";
export { UsageMeter } from "./UsageMeter.ts";
