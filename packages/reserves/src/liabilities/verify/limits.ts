/** Bytes of a hash, a salt, a customer's key and a snapshot id. */
export const HASH_SIZE = 32;
/** Bytes of a sum: an unsigned integer of 128 bits, big-endian. */
export const SUM_SIZE = 16;
export const SUM_MAX = 2n ** 128n - 1n;
/** Positions are numbers of 32 bits. */
export const DEPTH_MAX = 32;
export const ASSETS_MAX = 256;
export const ASSET_ID_SIZE_MAX = 64;
/** The decimals with which 2^256 − 1 still has a digit before the point. */
export const DECIMALS_MAX = 77;
export const CUSTOMER_ID_SIZE_MAX = 128;
/** Leaves of one proof. */
export const LEAVES_MAX = 65_536;
/** The version of records and proof files in which a customer has one leaf. */
export const FORMAT_VERSION = 1;
/** The version in which a customer has a leaf for each share. */
export const SHARED_FORMAT_VERSION = 2;
/** Leaves of a customer, each in a half of the tree (LIAB-24). */
export const SHARES = 2;
