/** Bytes of hashes, salts, customer keys and snapshot ids. */
export const HASH_SIZE = 32;
/** Unsigned, big-endian. */
export const SUM_SIZE = 16;
export const SUM_MAX = 2n ** 128n - 1n;
/** Positions have 32 bits. */
export const DEPTH_MAX = 32;
export const ASSETS_MAX = 256;
export const ASSET_ID_SIZE_MAX = 64;
/** With 77 decimals, 2^256 − 1 still has an integer digit. */
export const DECIMALS_MAX = 77;
export const CUSTOMER_ID_SIZE_MAX = 128;
export const LEAVES_MAX = 65_536;
export const FORMAT_VERSION = 1;
export const SHARED_FORMAT_VERSION = 2;
/** One in each half of the tree (LIAB-24). */
export const SHARES = 2;
