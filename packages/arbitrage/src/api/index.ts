export type {
  ArbitrageApiPorts,
  MarketPrice,
  OfferedConfig,
  TokenView,
  WalletView,
} from "./ArbitrageApiPorts.ts";
export {
  type ArbitrageApi,
  createArbitrageApi,
  describeArbitrageApi,
} from "./createArbitrageApi.ts";
export { createBlockEvents } from "./createBlockEvents.ts";
export { createTokenReader } from "./createTokenReader.ts";
export { arbitrageApiErrors } from "./errors.ts";
export { marketPrices } from "./marketPrices.ts";
export { readWallets, type WalletPorts } from "./readWallets.ts";
