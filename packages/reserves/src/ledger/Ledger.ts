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
import type { LeftImports } from "./leftImports.ts";
import type { Statement, StatementRange } from "./statement.ts";

export interface LedgerAsset {
  readonly symbol: string;
  /** Decimal places that one base unit stands for. */
  readonly decimals: number;
}

export type EntryOutcome =
  | {
      readonly status: "entered";
      /** The ledger's head after it. */
      readonly position: bigint;
      readonly enteredCount: number;
      /** Entries that were in the ledger already. */
      readonly replayedCount: number;
    }
  /** Nothing of the batch was entered. */
  | { readonly status: "refused"; readonly problems: readonly EntryProblem[] };

/** Base units by asset, in the order of the assets. */
export interface LedgerTotals {
  readonly position: bigint;
  readonly totals: ReadonlyMap<string, bigint>;
  readonly debts: ReadonlyMap<string, bigint>;
}

/** What customers own and owe, entry by entry, forever. */
export interface Ledger {
  /** The schema of its tables. */
  readonly schema: string;
  /**
   * Adds an asset; one that is there already with the same decimals is left as it is.
   * @throws LEDGER_ASSET_INVALID, LEDGER_ASSET_CONFLICT
   */
  addAsset(asset: LedgerAsset): Promise<void>;
  /** In the order in which they were added: the order of a snapshot's columns. */
  assets(): Promise<readonly LedgerAsset[]>;
  /**
   * Adds customers, each with a secret key of its own; who is there already is left as they are.
   * @returns how many were new
   * @throws ENTRY_INVALID, LEDGER_BATCH_SIZE
   */
  addCustomers(customers: readonly CustomerDraft[]): Promise<number>;
  /** @throws LEDGER_UNKNOWN */
  customer(reference: string): Promise<Customer>;
  /** In the order of being added. @param after the last one seen */
  customers(options: { readonly after?: string; readonly limit: number }): Promise<readonly Customer[]>;
  /**
   * The customer's 32 secret bytes, from which salts and the keys of columns are derived.
   * @throws LEDGER_UNKNOWN, LEDGER_CUSTOMER_ERASED, ENVELOPE_KEY_UNKNOWN, ENVELOPE_BROKEN
   */
  customerKey(reference: string): Promise<Uint8Array>;
  /**
   * Forgets the customer's key: what is encrypted with it cannot be read again, salts cannot be derived again, and
   * what was recorded and proved stays.
   * @throws LEDGER_UNKNOWN
   */
  eraseCustomerKey(reference: string): Promise<void>;
  /** Those whose key was erased, behind a number, in the order of erasing. */
  erasures(after: bigint): Promise<readonly Erasure[]>;
  /** Asks the database each time. Who is not in the ledger is not erased. @throws LEDGER_CUSTOMER_ERASED */
  refuseErased(references: readonly string[]): Promise<void>;
  /** That the oldest and the newest customers' keys can be opened: asked by a start. @throws LEDGER_MASTER_KEY_MISSING */
  requireMasterKeys(): Promise<void>;
  /** Under which master keys customers' keys are sealed. */
  masterKeys(): Promise<readonly MasterKeyUse[]>;
  /**
   * Seals all customers' keys under the newest master key; the keys, salts and proofs stay as they are. Run again, it
   * goes on where it was.
   * @throws LEDGER_KEYS_UNOPENED
   */
  rotateKeys(options?: RotationOptions): Promise<Rotation>;
  /**
   * Enters a batch of 1 to 10,000 whole, or nothing of it and every problem told.
   * @throws LEDGER_BATCH_SIZE, LEDGER_CONSERVATION_BROKEN
   */
  enter(drafts: readonly EntryDraft[]): Promise<EntryOutcome>;
  /** The newest position; 0 before the first entry. */
  position(): Promise<bigint>;
  /** What a customer owns, now or at a position. @throws LEDGER_UNKNOWN */
  balances(customer: string, position?: bigint): Promise<ReadonlyMap<string, bigint>>;
  /** What a customer owes, in the same way. @throws LEDGER_UNKNOWN */
  debts(customer: string, position?: bigint): Promise<ReadonlyMap<string, bigint>>;
  /** What came and went since the beginning, and what is there. */
  flows(): Promise<LedgerFlows>;
  /** What all customers together own and owe at the newest position, of one moment with it. */
  newestTotals(): Promise<LedgerTotals>;
  /** What all customers together own, by asset. @throws LEDGER_UNKNOWN */
  totals(position?: bigint): Promise<ReadonlyMap<string, bigint>>;
  /** What all customers together owe, by asset; never taken off their totals. @throws LEDGER_UNKNOWN */
  debtTotals(position?: bigint): Promise<ReadonlyMap<string, bigint>>;
  /** Whether anybody ever owed anything. */
  hasDebts(): Promise<boolean>;
  /**
   * Who owned and owed what at a position: customers in the order of being added, amounts in the order of the assets
   * that are asked for, by their symbols.
   */
  balancesAt(position: bigint, assets: readonly string[]): AsyncIterable<CustomerBalances>;
  /** An account's entries, oldest first. @throws LEDGER_UNKNOWN */
  history(account: {
    readonly customer: string;
    readonly asset: string;
    /** `equity` unless given. */
    readonly side?: AccountSide;
    /** The last sequence seen. */
    readonly after?: bigint;
    readonly limit: number;
  }): Promise<readonly LedgerEntry[]>;
  /** All entries, oldest first. @param after the last position seen */
  entries(options: { readonly after?: bigint; readonly limit: number }): Promise<readonly LedgerEntry[]>;
  /** @throws LEDGER_UNKNOWN */
  statement(range: StatementRange): Promise<Statement>;
  /** Recomputes everything that follows from the entries and compares. */
  audit(): Promise<LedgerAudit>;
  /**
   * Enters a CSV file whole or not at all. An import that was interrupted goes on where it was when the same file
   * is given under the same name; one that ended answers as it did.
   * @throws IMPORT_MALFORMED, IMPORT_FILE_CHANGED, IMPORT_BUSY, ENTRY_INVALID
   */
  importCsv(name: string, source: ImportSource, options?: ImportOptions): Promise<ImportReport>;
  /** Removes what is left of imports since before a time, or only counts it. @returns how many imports */
  removeImports(which: LeftImports, beforeMs: number, isDryRun: boolean): Promise<number>;
}
