export const UINT64_MAX = (1n << 64n) - 1n;
export const UINT256_MAX = (1n << 256n) - 1n;

/** EIP-3860: twice EIP-170's code size. */
export const INITCODE_BYTES_MAX = 49_152;

/** EIP-2681. */
export const NONCE_MAX = UINT64_MAX;

/** Maximum that governance may set (GOV-1). */
export const GAS_LIMIT_MAX = 100_000_000n;
