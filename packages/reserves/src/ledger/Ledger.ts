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
  /** Base units per unit: 10^decimals. */
  readonly decimals: number;
}

export type EntryOutcome =
  | {
      readonly status: "entered";
      /** New head of the ledger. */
      readonly position: bigint;
      readonly enteredCount: number;
      /** Entries that were in the ledger already. */
      readonly replayedCount: number;
    }
  /** No entry of the batch was stored. */
  | { readonly status: "refused"; readonly problems: readonly EntryProblem[] };

/** Base units, in the order of the assets. */
export interface LedgerTotals {
  readonly position: bigint;
  readonly totals: ReadonlyMap<string, bigint>;
  readonly debts: ReadonlyMap<string, bigint>;
}

/** Append-only ledger of customers' balances and debts. */
export interface Ledger {
  readonly schema: string;
  /**
   * Idempotent.
   * @throws LEDGER_ASSET_INVALID, LEDGER_ASSET_CONFLICT
   */
  addAsset(asset: LedgerAsset): Promise<void>;
  /** In insertion order, which is the order of a snapshot's columns. */
  assets(): Promise<readonly LedgerAsset[]>;
  /**
   * Adds customers with a secret key each. Ignores known customers.
   * @returns number of new customers
   * @throws ENTRY_INVALID, LEDGER_BATCH_SIZE
   */
  addCustomers(customers: readonly CustomerDraft[]): Promise<number>;
  /** @throws LEDGER_UNKNOWN */
  customer(reference: string): Promise<Customer>;
  /** In insertion order. @param after the last customer seen */
  customers(options: { readonly after?: string; readonly limit: number }): Promise<readonly Customer[]>;
  /**
   * 32 secret bytes; salts and column keys are derived from them.
   * @throws LEDGER_UNKNOWN, LEDGER_CUSTOMER_ERASED, ENVELOPE_KEY_UNKNOWN, ENVELOPE_BROKEN
   */
  customerKey(reference: string): Promise<Uint8Array>;
  /**
   * Deletes the customer's key: encrypted columns and salts are lost. Entries and proofs stay.
   * @throws LEDGER_UNKNOWN
   */
  eraseCustomerKey(reference: string): Promise<void>;
  /** Customers with erased keys, in erasure order. */
  erasures(after: bigint): Promise<readonly Erasure[]>;
  /** Reads the database on each call. Unknown customers pass. @throws LEDGER_CUSTOMER_ERASED */
  refuseErased(references: readonly string[]): Promise<void>;
  /** Start-up check of the oldest and newest customer keys. @throws LEDGER_MASTER_KEY_MISSING */
  requireMasterKeys(): Promise<void>;
  masterKeys(): Promise<readonly MasterKeyUse[]>;
  /**
   * Reseals all customer keys under the newest master key; keys, salts and proofs do not change. Resumable.
   * @throws LEDGER_KEYS_UNOPENED
   */
  rotateKeys(options?: RotationOptions): Promise<Rotation>;
  /**
   * Enters 1 to 10,000 entries, all or nothing. On failure it returns every problem.
   * @throws LEDGER_BATCH_SIZE, LEDGER_CONSERVATION_BROKEN
   */
  enter(drafts: readonly EntryDraft[]): Promise<EntryOutcome>;
  /** Newest position; 0 without entries. */
  position(): Promise<bigint>;
  /** Default: the newest position. @throws LEDGER_UNKNOWN */
  balances(customer: string, position?: bigint): Promise<ReadonlyMap<string, bigint>>;
  /** As `balances`. @throws LEDGER_UNKNOWN */
  debts(customer: string, position?: bigint): Promise<ReadonlyMap<string, bigint>>;
  /** Flows since the first entry, and current sums. */
  flows(): Promise<LedgerFlows>;
  /** One consistent read of totals and position. */
  newestTotals(): Promise<LedgerTotals>;
  /** @throws LEDGER_UNKNOWN */
  totals(position?: bigint): Promise<ReadonlyMap<string, bigint>>;
  /** Never netted against totals. @throws LEDGER_UNKNOWN */
  debtTotals(position?: bigint): Promise<ReadonlyMap<string, bigint>>;
  /** True if a debt was ever entered. */
  hasDebts(): Promise<boolean>;
  /** Balances and debts at a position: customers in insertion order, amounts in the order of `assets`. */
  balancesAt(position: bigint, assets: readonly string[]): AsyncIterable<CustomerBalances>;
  /** Oldest first. @throws LEDGER_UNKNOWN */
  history(account: {
    readonly customer: string;
    readonly asset: string;
    /** Default: `equity`. */
    readonly side?: AccountSide;
    /** Last sequence seen. */
    readonly after?: bigint;
    readonly limit: number;
  }): Promise<readonly LedgerEntry[]>;
  /** Oldest first. @param after the last position seen */
  entries(options: { readonly after?: bigint; readonly limit: number }): Promise<readonly LedgerEntry[]>;
  /** @throws LEDGER_UNKNOWN */
  statement(range: StatementRange): Promise<Statement>;
  /** Recomputes and compares everything derived from the entries. */
  audit(): Promise<LedgerAudit>;
  /**
   * Imports a CSV file, all or nothing. The same file under the same name resumes an interrupted import; a finished
   * import returns its first report.
   * @throws IMPORT_MALFORMED, IMPORT_FILE_CHANGED, IMPORT_BUSY, ENTRY_INVALID
   */
  importCsv(name: string, source: ImportSource, options?: ImportOptions): Promise<ImportReport>;
  /** Removes, or only counts, data of old imports. @returns number of imports */
  removeImports(which: StaleImports, beforeMs: number, isDryRun: boolean): Promise<number>;
}
