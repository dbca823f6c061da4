/** Amounts and totals are below this limit: snapshot sums have 128 bits (LIAB-5). Base units. */
export const AMOUNT_LIMIT: bigint = 2n ** 128n;
export const BATCH_ENTRIES_MAX = 10_000;
/** Entries per partition: a few gigabytes with indexes. */
export const PARTITION_ENTRIES = 10_000_000n;
/** In UTF-8 bytes. */
export const TEXT_SIZE_MAX = 128;
export const DECIMALS_MAX = 38;
/** Assets are never removed, and each asset is a snapshot column (LIAB-1). */
export { ASSETS_MAX } from "../liabilities/verify/index.ts";
/** End of year 9999, the last year of RFC 3339. Unix ms. */
export const TIME_MS_MAX = 253_402_300_799_999;
