import type { Random } from "@trellis/base";
import type { Balances } from "../verify/assetList.ts";
import type { ProofFile } from "../verify/ProofFile.ts";
import type { RootRecord } from "../verify/RootRecord.ts";
import type { CustomerRow } from "./CustomerRow.ts";
import type { ImageChange } from "./TreeImage.ts";

/** A built tree: proves while it is held open, and follows balances until the snapshot is published. */
export interface LiabilityTree {
  /** As it is now: every change makes another. */
  readonly record: RootRecord;
  /** For the custodian: what is published does not tell it where the scheme hides it. */
  readonly customerCount: number;
  /** Bytes of memory that records and index take. */
  readonly byteLength: number;
  has(customerId: string): boolean;
  /** @throws CUSTOMER_UNKNOWN, LIABILITIES_INPUT_INVALID */
  balances(customerId: string): Balances;
  /**
   * One proof for all of them.
   * @throws LIABILITIES_INPUT_INVALID, CUSTOMER_UNKNOWN, TREE_IMAGE_INVALID where what is stored was
   * damaged
   */
  prove(customerIds: readonly string[]): ProofFile;
  /**
   * Gives a customer other balances, in O(depth). Where it throws nothing has changed.
   * @throws CUSTOMER_UNKNOWN, LIABILITIES_INPUT_INVALID, SUM_OVERFLOW
   */
  update(customerId: string, balances: Balances): RootRecord;
  /**
   * Takes a new customer in, in O(depth). Where it throws nothing has changed.
   * @throws CUSTOMER_DUPLICATE, LIABILITIES_INPUT_INVALID,
   * SUM_OVERFLOW
   */
  insert(row: CustomerRow): RootRecord;
  /**
   * Overwrites by chance what ties a leaf to its customer: the hash of their id, and the salt (LEDGER-14). Root, totals
   * and everybody else's proofs stay; the leaf is proved no more. Of a tree that does not follow balances any longer.
   * @returns false where the customer has no leaf, or has been forgotten
   * @throws LIABILITIES_INPUT_INVALID
   */
  forget(customerId: string, random: Random): boolean;
  /**
   * The tree as runs of bytes, the header first and then groups of one size: one file, or one row each. They hold
   * salts and the secret of the padding, and are for the custodian's storage alone. They are views: they are to be
   * stored before the tree changes again.
   */
  image(): Iterable<Uint8Array>;
  /**
   * What differs since the last call, or since `image` was read: where in these bytes, and what stands there now. The
   * header is always among it, so that a change is stored whole or not at all only if all of this is.
   */
  changes(): readonly ImageChange[];
}
