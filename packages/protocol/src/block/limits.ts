const uint8Max = 2 ** 8 - 1;
const uint16Max = 2 ** 16 - 1;
const uint32Max = 2 ** 32 - 1;

/**
 * What any header can hold at most, on every network: enough to refuse a message before it is decoded. A network's
 * parameters stay within.
 */
export const HEADER_LIMITS = {
  uint8Max,
  uint16Max,
  uint32Max,
  /** GHOSTDAG needs no more than 16 (PARAM-2). */
  parentsMax: 16,
  /** Siblings of a merge-mining branch: 2^16 shards. */
  branchMax: 16,
  extraBytesMax: 256,
  /** 32 hashes of 33 bytes, 256 of bloom, 256 of extra and the other fields at their widest stay below it. */
  bytesMax: 2_048,
} as const;

/**
 * What any body can hold. Gas bounds the transactions that run; those that are skipped take none, and their number
 * bounds the work that they make [EXEC-2]. One checkpoint at a time becomes final, and who lies is punished once: a
 * block that comes late makes up for some.
 */
export const BODY_LIMITS = {
  transactionsMax: 4_096,
  certificatesMax: 4,
  evidenceMax: 4,
} as const;

/** The only header layout so far. */
export const HEADER_VERSION = 1;
