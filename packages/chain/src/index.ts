export type { ChainControl, ControlSettings } from "./chain/ChainControl.ts";
export type { ChainPorts } from "./chain/ChainOptions.ts";
export { type Chain, createChain } from "./chain/createChain.ts";
export { migrateChain, storedSchema } from "./chain/openChain.ts";
export { Difficulty, type DifficultyData, type DifficultyParameters } from "./consensus/difficulty/index.ts";
export { type BlockFacts, Dag, type GhostdagData, type GhostdagRow } from "./consensus/index.ts";
export type { AnchoredRecord, AnchoredState, Voter } from "./consensus/rules/AnchoredState.ts";
export type { FinalAnchors } from "./consensus/rules/anchor.ts";
export * from "./errors.ts";
export { ProtectedSigner } from "./finality/slashingProtection/ProtectedSigner.ts";
export {
  mergeProtections,
  PROTECTION_BYTES_MAX,
  protectionOf,
  readProtection,
  writeProtection,
} from "./finality/slashingProtection/protectionFile.ts";
export {
  type LostTime,
  markRestored,
  removeRestoredMark,
  resumptionAfter,
} from "./finality/slashingProtection/restoredMark.ts";
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
  voteLogOwner,
} from "./finality/slashingProtection/systemVoteLog.ts";
export {
  createVoteKey,
  signedBytesOf,
  type VoteKey,
  type VoteRequest,
} from "./finality/slashingProtection/VoteKey.ts";
export type { VoteSignatures } from "./finality/validatorSets/ValidatorSet.ts";
export {
  tableEntries,
  tableStatistics,
} from "./integrity/tableStatistics.ts";
export { type StoreReport, verifyStore } from "./integrity/verifyStore.ts";
export {
  DEFAULT_MEMPOOL_LIMITS,
  type Journal,
  type MempoolLimits,
  openFileJournal,
  suggestFees,
} from "./mempool/index.ts";
export { auditSupply, type ShardSupply, type SupplyFault } from "./shards/auditSupply.ts";
export type { Outbox, Outboxes } from "./shards/buildBatches.ts";
export { crossLinksAfter } from "./shards/crossLinksAfter.ts";
export type { CrossLinkSource } from "./shards/crossLinksToCarry.ts";
export {
  type CarriedGas,
  dueOrder,
  findInclusionFault,
  type InclusionOptions,
  messageGasBounds,
  type SourceQueue,
  selectMessages,
  sourcesOfTurn,
} from "./shards/dueMessages.ts";
export { evidenceReporter, type ReportEvidence } from "./shards/evidenceReporter.ts";
export { finalAnchorsOf } from "./shards/finalAnchors.ts";
export { type LocalOutboxes, localOutboxes } from "./shards/localOutboxes.ts";
export { type ProvenQueues, proveOutbox, verifyMessageBatch } from "./shards/outboxProof.ts";
export { ReceivedOutboxes } from "./shards/ReceivedOutboxes.ts";
export { SupplyAudit } from "./shards/SupplyAudit.ts";
export type { ShardTotals } from "./shards/shardTotals.ts";
export { verifyCrossLink } from "./shards/verifyCrossLink.ts";
export { BaseState } from "./state/BaseState.ts";
export { openBlockReader } from "./store/openBlockReader.ts";
export { STATE_TABLES } from "./store/stateTables.ts";
