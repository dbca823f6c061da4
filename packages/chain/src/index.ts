export type { ChainOptions, ChainPorts } from "./chain/ChainOptions.ts";
export { type Chain, createChain, type PoolOptions } from "./chain/createChain.ts";
export type { ImportResult } from "./chain/ImportResult.ts";
export { migrateChain, storedSchema } from "./chain/openChain.ts";
export { Difficulty, type DifficultyData, type DifficultyParameters } from "./consensus/difficulty/index.ts";
export {
  type BlockFacts,
  Dag,
  type DagLimits,
  type GhostdagData,
  type GhostdagRow,
} from "./consensus/index.ts";
export * from "./errors.ts";
export { ChainFinality, type VotePorts } from "./finality/ChainFinality.ts";
export { ProtectedSigner } from "./finality/slashingProtection/ProtectedSigner.ts";
export { PROTECTION_BYTES_MAX } from "./finality/slashingProtection/protectionFile.ts";
export type {
  SigningPosition,
  SigningWatermark,
  VoteLog,
} from "./finality/slashingProtection/SigningWatermark.ts";
export {
  exportProtection,
  importProtection,
  openVoteLog,
  type SystemVoteLog,
} from "./finality/slashingProtection/systemVoteLog.ts";
export type { ValidatorKey } from "./finality/slashingProtection/ValidatorKey.ts";
export type { VoteSignatures } from "./finality/validatorSets/ValidatorSet.ts";
export {
  type TableStatistics,
  tableEntries,
  tableStatistics,
} from "./integrity/tableStatistics.ts";
export { type StoreReport, verifyStore } from "./integrity/verifyStore.ts";
export {
  DEFAULT_MEMPOOL_LIMITS,
  type FeeSuggestion,
  type Journal,
  type Mempool,
  type MempoolLimits,
  openFileJournal,
  suggestFees,
} from "./mempool/index.ts";
export { BaseState } from "./state/BaseState.ts";
export { openBlockReader } from "./store/openBlockReader.ts";
export { STATE_TABLES, type StateTables } from "./store/stateTables.ts";
