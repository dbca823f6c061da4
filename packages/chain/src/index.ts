export * from "./errors.ts";
export { type TableStatistics, tableEntries, tableStatistics } from "./inspection/tableStatistics.ts";
export { type StoreReport, verifyStore } from "./inspection/verifyStore.ts";
export {
  createMemoryJournal,
  DEFAULT_MEMPOOL_LIMITS,
  type FeeSuggestion,
  type Journal,
  type Mempool,
  type MempoolLimits,
  openFileJournal,
  suggestFees,
} from "./mempool/index.ts";
export { type Chain, createChain, type PoolSetup } from "./pipeline/createChain.ts";
export type { ImportResult } from "./pipeline/Importer.ts";
export { storedSchema } from "./pipeline/openStages.ts";
export type { ChainOptions, ChainPorts } from "./pipeline/Stages.ts";
