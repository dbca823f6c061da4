export { DEMO_ACCOUNTS } from "./demoCustodian.ts";
export { MARKET_ACCOUNTS } from "./market/demoMarket.ts";
