export { type BlockFacts, Dag, type DagLimits, type Placement, type Standing } from "./dag/index.ts";
export { type Assessment, Difficulty, type DifficultyParameters } from "./difficulty/index.ts";
export * from "./errors.ts";
export { ProtectedSigner } from "./finality/protection/ProtectedSigner.ts";
export { PROTECTION_BYTES_MAX } from "./finality/protection/protectionFile.ts";
export {
  exportProtection,
  importProtection,
  openVoteLog,
  type SystemVoteLog,
} from "./finality/protection/systemVoteLog.ts";
export type { ValidatorKey } from "./finality/protection/ValidatorKey.ts";
export type { SignedPlace, VoteLog, VoteRecord } from "./finality/protection/VoteRecord.ts";
export type { VoteSignatures } from "./finality/ValidatorSet.ts";
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
export {
  type TableStatistics,
  tableEntries,
  tableStatistics,
} from "./pipeline/inspection/tableStatistics.ts";
export { type StoreReport, verifyStore } from "./pipeline/inspection/verifyStore.ts";
export { openBlockReader } from "./pipeline/openBlockReader.ts";
export { migrateChain, storedSchema } from "./pipeline/openStages.ts";
export type { ChainOptions, ChainPorts } from "./pipeline/Stages.ts";
export { ChainFinality, type VotePorts } from "./pipeline/votes/ChainFinality.ts";
export { BaseState, STATE_TABLES, type StateTables } from "./state/BaseState.ts";
