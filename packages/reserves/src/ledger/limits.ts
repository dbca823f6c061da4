/**
 * Amounts and balances lie below it in magnitude, and so does what all customers own, or owe, of an asset: a snapshot
 * has 128 bits for a sum (LIAB-5). Base units.
 */
export const AMOUNT_LIMIT: bigint = 2n ** 128n;
export const BATCH_ENTRIES_MAX = 10_000;
/** Entries of a part of the history: some gigabytes with its indexes. */
export const PARTITION_ENTRIES = 10_000_000n;
/** Of customers' names, keys and references. Bytes of UTF-8. */
export const TEXT_SIZE_MAX = 128;
export const DECIMALS_MAX = 38;
/** Assets are never removed, and a snapshot has a column for each (LIAB-1). */
export { ASSETS_MAX } from "../liabilities/verify/index.ts";
/** The end of year 9999, past which dates have no RFC 3339 form. ms */
export const TIME_MS_MAX = 253_402_300_799_999;
