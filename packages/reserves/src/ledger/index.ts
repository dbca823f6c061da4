export type { LedgerAudit, LedgerFinding } from "./auditLedger.ts";
export type { CustomerBalances } from "./balancesAt.ts";
export type { MasterKeyUse, Rotation, RotationOptions } from "./customerKeys.ts";
export { type Customer, type CustomerDraft, keyContext } from "./customers.ts";
export type { ChangedBalance, EntryProblem } from "./enterBatch.ts";
export { parseAmount } from "./entryInIsolation.ts";
export type { Erasure } from "./erasures.ts";
export { ledgerErrors } from "./errors.ts";
export type { LedgerFlows } from "./flows.ts";
export {
  BAD_LINES_KEPT,
  type BadLine,
  type ImportOptions,
  type ImportProgress,
  type ImportReport,
  type ImportSource,
} from "./ImportReport.ts";
export { type AccountSide, ENTRY_KINDS, type EntryKind, type EntryKindName } from "./kinds.ts";
export type { EntryOutcome, Ledger, LedgerAsset } from "./Ledger.ts";
export type { EntryDraft, LedgerEntry } from "./LedgerEntry.ts";
export { AMOUNT_LIMIT, BATCH_ENTRIES_MAX, TEXT_SIZE_MAX } from "./limits.ts";
export { type Announce, type LedgerPorts, openLedger } from "./openLedger.ts";
export { readCsvFile } from "./readCsvFile.ts";
export type { StaleImports } from "./staleImports.ts";
export type { Statement, StatementRange } from "./statement.ts";
