/** Base units. Snapshot sums have 128 bits (LIAB-5). */
export const AMOUNT_LIMIT: bigint = 2n ** 128n;
export const BATCH_ENTRIES_MAX = 10_000;
export const PARTITION_ENTRIES = 10_000_000n;
/** In UTF-8 bytes. */
export const TEXT_SIZE_MAX = 128;
export const DECIMALS_MAX = 38;
/** An added asset remains a snapshot column permanently (LIAB-1). */
export { ASSETS_MAX } from "../liabilities/verify/index.ts";
/** End of year 9999, the last of RFC 3339. */
export const TIME_MS_MAX = 253_402_300_799_999;
