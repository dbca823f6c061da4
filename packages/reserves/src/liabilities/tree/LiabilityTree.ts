import type { Random } from "@trellis/base";
import type { Balances } from "../verify/assetList.ts";
import type { ProofFile } from "../verify/ProofFile.ts";
import type { RootRecord } from "../verify/RootRecord.ts";
import type { CustomerRow } from "./CustomerRow.ts";
import type { ImageChange } from "./TreeImage.ts";

export interface LiabilityTree {
  readonly record: RootRecord;
  readonly customerCount: number;
  readonly byteLength: number;
  has(customerId: string): boolean;
  /** @throws CUSTOMER_UNKNOWN, LIABILITIES_INPUT_INVALID */
  balances(customerId: string): Balances;
  /** @throws LIABILITIES_INPUT_INVALID, CUSTOMER_UNKNOWN; TREE_IMAGE_INVALID for damaged storage */
  prove(customerIds: readonly string[]): ProofFile;
  /** Atomic, O(depth). @throws CUSTOMER_UNKNOWN, LIABILITIES_INPUT_INVALID, SUM_OVERFLOW */
  update(customerId: string, balances: Balances): RootRecord;
  /** Atomic, O(depth). @throws LIABILITIES_INPUT_INVALID, SUM_OVERFLOW */
  insert(row: CustomerRow): RootRecord;
  /**
   * Overwrites the customer's hash and salt with random bytes and forbids updates (LEDGER-14).
   * @returns false for unknown customers @throws LIABILITIES_INPUT_INVALID
   */
  forget(customerId: string, random: Random): boolean;
  /** Header, then groups of equal size. Contains secrets. Views are valid until the next update. */
  image(): Iterable<Uint8Array>;
  /** Changes since the last `changes` or `image` call. Store atomically. */
  changes(): readonly ImageChange[];
}
