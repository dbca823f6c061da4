export { createEvmReserveChain, type EvmReserveOptions } from "./createEvmReserveChain.ts";
export { createPriceSet, type PriceQuotes } from "./createPriceSet.ts";
export { createStatedChain, type StatementSource } from "./createStatedChain.ts";
export { readingsErrors } from "./errors.ts";
export type { ChainAccount, ChainReading, ReadingSource, ReserveChain } from "./ReserveChain.ts";
export {
  type PlannedAsset,
  type PlannedChain,
  parseReservesPlan,
  type ReservesPlan,
} from "./ReservesPlan.ts";
export {
  type ClaimedAddress,
  type ReservesReading,
  type ReservesRequest,
  readReserves,
} from "./readReserves.ts";
