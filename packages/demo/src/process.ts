export { isMarketLive } from "./isMarketLive.ts";
export { openDemoMarket } from "./market/openDemoMarket.ts";
