export type { AgreementOptions } from "./agreeOnPrice.ts";
export {
  createReferencePrices,
  type PriceCheck,
  type ReferenceOptions,
  type ReferencePrices,
} from "./createReferencePrices.ts";
export { priceErrors } from "./errors.ts";
export type { PricedBlock } from "./PoolPrices.ts";
export type { PriceFeed, Quote } from "./PriceFeed.ts";
export { createHttpFeed, type HttpFeedOptions } from "./systemHttpFeed.ts";
