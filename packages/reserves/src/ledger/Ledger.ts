import type { LedgerAudit } from "./auditLedger.ts";
import type { CustomerBalances } from "./balancesAt.ts";
import type { Customer, CustomerDraft } from "./customers.ts";
import type { EntryProblem } from "./enterBatch.ts";
import type { ImportOptions, ImportReport, ImportSource } from "./ImportReport.ts";
import type { EntryDraft, LedgerEntry } from "./LedgerEntry.ts";
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

/** What customers own, entry by entry, for ever. */
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
   * @throws ENTRY_TEXT_INVALID, LEDGER_BATCH_SIZE
   */
  addCustomers(customers: readonly CustomerDraft[]): Promise<number>;
  /** @throws LEDGER_CUSTOMER_UNKNOWN */
  customer(reference: string): Promise<Customer>;
  /** In the order of being added. @param after the last one seen */
  customers(options: { readonly after?: string; readonly limit: number }): Promise<readonly Customer[]>;
  /**
   * The customer's 32 secret bytes, from which salts and the keys of columns are derived.
   * @throws LEDGER_CUSTOMER_UNKNOWN, LEDGER_CUSTOMER_ERASED, ENVELOPE_KEY_UNKNOWN, ENVELOPE_BROKEN
   */
  customerKey(reference: string): Promise<Uint8Array>;
  /**
   * Forgets the customer's key: what is encrypted with it cannot be read again, salts cannot be derived again, and
   * what was recorded and proved stays.
   * @throws LEDGER_CUSTOMER_UNKNOWN
   */
  eraseCustomerKey(reference: string): Promise<void>;
  /**
   * Enters a batch of 1 to 10,000 whole, or nothing of it and every problem told.
   * @throws LEDGER_BATCH_SIZE, LEDGER_CONSERVATION_BROKEN
   */
  enter(drafts: readonly EntryDraft[]): Promise<EntryOutcome>;
  /** The newest position; 0 before the first entry. */
  position(): Promise<bigint>;
  /** Now, or at a position. @throws LEDGER_CUSTOMER_UNKNOWN, LEDGER_POSITION_UNKNOWN */
  balances(customer: string, position?: bigint): Promise<ReadonlyMap<string, bigint>>;
  /** What all customers together own, by asset. @throws LEDGER_POSITION_UNKNOWN */
  totals(position?: bigint): Promise<ReadonlyMap<string, bigint>>;
  /** Who owned what at a position: customers in the order of being added, amounts in the order of the assets. */
  balancesAt(position: bigint): AsyncIterable<CustomerBalances>;
  /** An account's entries, oldest first. @throws LEDGER_CUSTOMER_UNKNOWN, LEDGER_ASSET_UNKNOWN */
  history(account: {
    readonly customer: string;
    readonly asset: string;
    /** The last sequence seen. */
    readonly after?: bigint;
    readonly limit: number;
  }): Promise<readonly LedgerEntry[]>;
  /** All entries, oldest first. @param after the last position seen */
  entries(options: { readonly after?: bigint; readonly limit: number }): Promise<readonly LedgerEntry[]>;
  /** @throws LEDGER_CUSTOMER_UNKNOWN, LEDGER_ASSET_UNKNOWN, LEDGER_POSITION_UNKNOWN */
  statement(range: StatementRange): Promise<Statement>;
  /** Recomputes everything that follows from the entries and compares. */
  audit(): Promise<LedgerAudit>;
  /**
   * Enters a CSV file whole or not at all. An import that was interrupted goes on where it was when the same file
   * is given under the same name; one that ended answers as it did.
   * @throws IMPORT_HEADER_INVALID, IMPORT_FILE_CHANGED, IMPORT_BUSY, ENTRY_TEXT_INVALID
   */
  importCsv(name: string, source: ImportSource, options?: ImportOptions): Promise<ImportReport>;
}
