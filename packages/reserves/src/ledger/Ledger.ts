import type { LedgerAudit } from "./auditLedger.ts";
import type { CustomerBalances } from "./balancesAt.ts";
import type { MasterKeyUse, Rotation, RotationOptions } from "./customerKeys.ts";
import type { Customer, CustomerDraft } from "./customers.ts";
import type { EntryProblem } from "./enterBatch.ts";
import type { Erasure } from "./erasures.ts";
import type { LedgerFlows } from "./flows.ts";
import type { ImportOptions, ImportReport, ImportSource } from "./ImportReport.ts";
import type { AccountSide } from "./kinds.ts";
import type { EntryDraft, LedgerEntry } from "./LedgerEntry.ts";
import type { StaleImports } from "./staleImports.ts";
import type { Statement, StatementRange } from "./statement.ts";

export interface LedgerAsset {
  readonly symbol: string;
  readonly decimals: number;
}

export type EntryOutcome =
  | {
      readonly status: "entered";
      readonly position: bigint;
      readonly enteredCount: number;
      readonly replayedCount: number;
    }
  | { readonly status: "refused"; readonly problems: readonly EntryProblem[] };

/** Amounts are base units, in asset order. */
export interface LedgerTotals {
  readonly position: bigint;
  readonly totals: ReadonlyMap<string, bigint>;
  readonly debts: ReadonlyMap<string, bigint>;
}

export interface Ledger {
  readonly schema: string;
  /** Idempotent. @throws ENTRY_INVALID, LEDGER_ASSET_CONFLICT */
  addAsset(asset: LedgerAsset): Promise<void>;
  assets(): Promise<readonly LedgerAsset[]>;
  /** Skips existing customers. @returns number of new customers @throws ENTRY_INVALID, LEDGER_BATCH_SIZE */
  addCustomers(customers: readonly CustomerDraft[]): Promise<number>;
  /** @throws LEDGER_UNKNOWN */
  customer(reference: string): Promise<Customer>;
  customers(options: { readonly after?: string; readonly limit: number }): Promise<readonly Customer[]>;
  /** 32-byte secret. @throws LEDGER_UNKNOWN, LEDGER_CUSTOMER_ERASED, ENVELOPE_KEY_UNKNOWN, ENVELOPE_BROKEN */
  customerKey(reference: string): Promise<Uint8Array>;
  /** Makes encrypted columns and salts unrecoverable. @throws LEDGER_UNKNOWN */
  eraseCustomerKey(reference: string): Promise<void>;
  erasures(after: bigint): Promise<readonly Erasure[]>;
  /** Ignores unknown customers. @throws LEDGER_CUSTOMER_ERASED */
  refuseErased(references: readonly string[]): Promise<void>;
  /** Checks only the oldest and newest customer key. */
  missingMasterKey(): Promise<string | undefined>;
  masterKeys(): Promise<readonly MasterKeyUse[]>;
  /** Re-encrypts customer keys. Salts and proofs do not change. Resumable. @throws ENVELOPE_KEY_UNKNOWN */
  rotateKeys(options?: RotationOptions): Promise<Rotation>;
  /** Atomic; a refusal lists every problem. @throws LEDGER_BATCH_SIZE, LEDGER_CONSERVATION_BROKEN */
  enter(drafts: readonly EntryDraft[]): Promise<EntryOutcome>;
  position(): Promise<bigint>;
  /** @throws LEDGER_UNKNOWN */
  balances(customer: string, position?: bigint): Promise<ReadonlyMap<string, bigint>>;
  /** @throws LEDGER_UNKNOWN */
  debts(customer: string, position?: bigint): Promise<ReadonlyMap<string, bigint>>;
  flows(): Promise<LedgerFlows>;
  newestTotals(): Promise<LedgerTotals>;
  /** @throws LEDGER_UNKNOWN */
  totals(position?: bigint): Promise<ReadonlyMap<string, bigint>>;
  /** Not netted against balances. @throws LEDGER_UNKNOWN */
  debtTotals(position?: bigint): Promise<ReadonlyMap<string, bigint>>;
  hasDebts(): Promise<boolean>;
  /** In insertion order, amounts in the order of `assets`. */
  balancesAt(position: bigint, assets: readonly string[]): AsyncIterable<CustomerBalances>;
  /** @throws LEDGER_UNKNOWN */
  history(account: {
    readonly customer: string;
    readonly asset: string;
    readonly side?: AccountSide;
    readonly after?: bigint;
    readonly limit: number;
  }): Promise<readonly LedgerEntry[]>;
  entries(options: { readonly after?: bigint; readonly limit: number }): Promise<readonly LedgerEntry[]>;
  /** @throws LEDGER_UNKNOWN */
  statement(range: StatementRange): Promise<Statement>;
  /** Recomputes derived data in one consistent read. */
  audit(): Promise<LedgerAudit>;
  /**
   * Atomic. The same file and name resume an import, or return the finished import's report.
   * @throws IMPORT_MALFORMED, IMPORT_FILE_CHANGED, IMPORT_BUSY, ENTRY_INVALID
   */
  importCsv(name: string, source: ImportSource, options?: ImportOptions): Promise<ImportReport>;
  removeImports(which: StaleImports, beforeMs: number, isDryRun: boolean): Promise<number>;
}
