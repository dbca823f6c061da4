export const UINT64_MAX = (1n << 64n) - 1n;
export const UINT256_MAX = (1n << 256n) - 1n;

/** Bytes of initcode in a creation (EIP-3860: twice EIP-170's code size). */
export const INITCODE_BYTES_MAX = 49_152;

/** An account's nonce never gets there (EIP-2681), so a transaction that carries it could never raise it. */
export const NONCE_MAX = UINT64_MAX;

/** More than governance can make of a network's gas limit (GOV-1): what a body can hold at most. */
export const GAS_LIMIT_MAX = 1_000_000_000n;
