export * from "./errors.ts";
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
export type { ChainOptions, ChainPorts } from "./pipeline/Stages.ts";
