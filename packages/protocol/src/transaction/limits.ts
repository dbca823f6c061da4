export const UINT64_MAX = (1n << 64n) - 1n;
export const UINT256_MAX = (1n << 256n) - 1n;

/** Bytes of initcode in a creation (EIP-3860: twice EIP-170's code size). */
export const INITCODE_BYTES_MAX = 49_152;

/** An account's nonce never gets there (EIP-2681), so a transaction that carries it could never raise it. */
export const NONCE_MAX = UINT64_MAX;

/** What governance can make of a network's gas limit at most (GOV-1), and so the most that a transaction can ask for. */
export const GAS_LIMIT_MAX = 100_000_000n;
