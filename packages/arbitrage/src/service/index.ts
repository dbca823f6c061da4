export { isArbitrageurThere } from "./isArbitrageurThere.ts";
export { type ArbitragePorts, type OpenedArbitrage, openArbitrage } from "./openArbitrage.ts";
export { engineOptions, type Market, openMarket } from "./openMarket.ts";
export { openReference } from "./openReference.ts";
export { openWallet, openWallets } from "./openWallet.ts";
export { recordedMarket } from "./recordedMarket.ts";
export { tradingRules } from "./tradingRules.ts";
