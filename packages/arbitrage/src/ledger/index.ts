export type {
  ArbitrageLedger,
  Asset,
  AssetResult,
  DecisionRecord,
  ExecutionRecord,
  Figure,
  Fill,
  HistoryQuery,
  Movement,
  NonceSlotBooking,
  Opportunity,
  OpportunityHistory,
  Period,
  PeriodResult,
  Position,
  ScanRecord,
  SimulationRecord,
  SkippedTrade,
  TimeRange,
} from "./ArbitrageLedger.ts";
export { PERIODS } from "./ArbitrageLedger.ts";
export { type BookKeeping, type BookPorts, bookNonceSlot } from "./bookNonceSlot.ts";
export { type BookTransferOptions, bookTransfers, type TransferPorts } from "./bookTransfers.ts";
export { type BookDifference, balanceOf, checkBooks, openBooks } from "./checkBooks.ts";
export { createMemoryLedger } from "./createMemoryLedger.ts";
export { ledgerErrors } from "./errors.ts";
export { gasWeiOf, priceOf } from "./gasWeiOf.ts";
export { openLedger } from "./openLedger.ts";
export { PAPER } from "./outcomeAfter.ts";
export { readFills } from "./readFills.ts";
export {
  DECISION_STAGES,
  type DecisionStage,
  EXECUTION_OUTCOMES,
  type ExecutionOutcome,
  MOVEMENT_KINDS,
  type MovementKind,
  OPPORTUNITY_OUTCOMES,
  type OpportunityOutcome,
} from "./schema.ts";
export type { SeriesStorage } from "./series.ts";
