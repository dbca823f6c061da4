export { DemoToken } from "../../generated/DemoToken.ts";
export { MarketFactory } from "../../generated/MarketFactory.ts";
export { MarketPair } from "../../generated/MarketPair.ts";
export { MarketRouter } from "../../generated/MarketRouter.ts";
export { WrappedCoin } from "../../generated/WrappedCoin.ts";
export { MARKET_PAIR_CODE_HASH } from "./pairCodeHash.ts";
