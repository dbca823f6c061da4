import { HEADER_LIMITS } from "@trellis/protocol";

const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND_MS = 1_000;

/** [NET-5] */
export const COUNT_LIMITS = {
  /** 64 hashes reach through 2^40 blocks with ten spare at each end. */
  locator: 64,
  /** The widest DAG has fewer tips; blocks have at most 16 parents. */
  tips: 64,
  /** A node keeps eight states. */
  states: 16,
  headersPerRequest: 512,
  /** Ends with a whole mergeset (at most 512) and its chain block. */
  headersPerAnswer: 512 + 513,
  blocks: 32,
  bodies: 128,
  transactions: 256,
  pooled: 4_096,
  codes: 64,
  /** Minutes of checkpoints; in longer epochs later certificates finalize earlier checkpoints. */
  certificates: 64,
  /** Entries of 35 bytes, the smallest, in the largest range. */
  stateEntries: 14_979,
  /** Two paths of 64 nodes, the deepest trie. */
  proofNodes: 128,
} as const;

/** Item sizes that their encodings do not bound. [NET-5] */
export const SIZE_LIMITS = {
  agent: 64,
  /** Nonce, balance and two hashes: 110 bytes; slots are shorter. */
  stateValue: 128,
  /** A branch of 16 hashes and a value: 565 bytes. */
  proofNode: 1_024,
  /** EIP-170: 24,576; genesis code is exempt. */
  code: 64 * KIB,
  stateRange: 512 * KIB,
  /** Two votes: a signature and less than 100 bytes each; bitmaps have 128. */
  vote: 600,
} as const;

/** Minimum: 21 bytes for a signature's r; 12 for gas limit, chain id and empty fields. */
export const TRANSACTION_BYTES_MIN = 32;

/** Payloads independent of network parameters. [NET-5] */
export const BYTE_LIMITS = {
  hello: 4 * KIB,
  /** A hash takes 33 bytes. */
  hashes: 16 * KIB,
  headersAnswer: COUNT_LIMITS.headersPerAnswer * (HEADER_LIMITS.bytesMax + 3) + 64,
  /** Longer answers are truncated. */
  bulkAnswer: 4 * MIB,
  transactionsAnswer: MIB,
  pooledAnswer: COUNT_LIMITS.pooled * 33 + 16,
  stateRequest: 128,
  stateAnswer: SIZE_LIMITS.stateRange + COUNT_LIMITS.proofNodes * (SIZE_LIMITS.proofNode + 3) + 64,
  /** The largest transaction always fits. */
  transactionsBatch: 256 * KIB,
  finalityMessage: SIZE_LIMITS.vote + 32,
  certificatesRequest: 32,
  certificatesAnswer: COUNT_LIMITS.certificates * (SIZE_LIMITS.vote + 3) + 16,
} as const;

/** 1 MiB/s, plus the start-up time of a loaded node. [NET-5] */
export const TIME_LIMITS = {
  smallMs: 5 * SECOND_MS,
  bulkMs: 15 * SECOND_MS,
} as const;

/** 4 KiB sent or 0.1 ms of work. [NET-6] */
export const TOKEN_BYTES = 4 * KIB;
