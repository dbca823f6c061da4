const uint8Max = 2 ** 8 - 1;
const uint16Max = 2 ** 16 - 1;
const uint32Max = 2 ** 32 - 1;

/**
 * Bounds of headers on every network, so that messages can be rejected before decoding. Network parameters are within.
 */
export const HEADER_LIMITS = {
  uint8Max,
  uint16Max,
  uint32Max,
  /** GHOSTDAG needs at most 16 (PARAM-2). */
  parentsMax: 16,
  /** Merge mining of 2^16 shards. */
  branchMax: 16,
  extraBytesMax: 256,
  /** 32 hashes of 33 bytes, 256 of bloom, 256 of extra and the widest other fields fit. */
  bytesMax: 2_048,
} as const;

/**
 * Bounds of bodies on every network. Gas limits executed transactions. Skipped ones take no gas, so their count limits
 * their work [EXEC-2]. Checkpoints become final one at a time and an equivocation is punished once; the limits let a
 * late block catch up.
 */
export const BODY_LIMITS = {
  transactionsMax: 4_096,
  certificatesMax: 4,
  evidenceMax: 4,
} as const;

/** The only header layout so far. */
export const HEADER_VERSION = 1;
