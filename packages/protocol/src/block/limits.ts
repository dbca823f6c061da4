const uint8Max = 2 ** 8 - 1;
const uint16Max = 2 ** 16 - 1;
const uint32Max = 2 ** 32 - 1;

/** Equal on all networks, so that decoding needs no parameters. */
export const HEADER_LIMITS = {
  uint8Max,
  uint16Max,
  uint32Max,
  /** PARAM-2 allows at most 16. */
  parentsMax: 16,
  branchMax: 16,
  extraBytesMax: 256,
  /** 38 hashes of 33 bytes, bloom and extra of 256 bytes each, and the other fields. */
  bytesMax: 2_048,
} as const;

/** The gas limit bounds executed transactions; `transactionsMax` also bounds skipped ones. [EXEC-2] */
export const BODY_LIMITS = {
  transactionsMax: 4_096,
  certificatesMax: 4,
  evidenceMax: 4,
} as const;

export const HEADER_VERSION = 1;
/** In networks with several shards. [BLOCK-1] */
export const ANCHORED_HEADER_VERSION = 2;
