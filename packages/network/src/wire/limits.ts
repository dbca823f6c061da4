import { BUNDLED_VOTES_MAX, HEADER_LIMITS, OUTBOX_RANGE_BYTES_MAX } from "@trellis/protocol";

const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND_MS = 1_000;

/** [NET-5] */
export const COUNT_LIMITS = {
  /** At doubling distances, 42 hashes span 2^40 blocks. */
  locator: 64,
  /** More than the tips of the widest DAG. A block has at most 16 parents. */
  tips: 64,
  forks: 16,
  /** A node keeps eight states. */
  states: 16,
  headersPerRequest: 512,
  /** The last chain block comes with its whole mergeset (at most 512). */
  headersPerAnswer: 512 + 513,
  pastBlocks: 512,
  /** A header's stream is below 2^8. */
  streams: 256,
  merged: 512,
  blocks: 32,
  bodies: 128,
  transactions: 256,
  pooled: 4_096,
  codes: 64,
  traces: 32,
  /** All but shard 0. [SHARD-2] */
  shards: 255,
  addresses: 4,
  /** Checkpoints of a few minutes. A certificate also finalizes earlier checkpoints. */
  certificates: 64,
  /** Entries of minimum size (35 bytes) in the largest range. */
  stateEntries: 14_979,
  /** Two paths of 64 nodes each, as in the deepest trie. */
  proofNodes: 128,
} as const;

/** For items whose encoding has no maximum. [NET-5] */
export const SIZE_LIMITS = {
  agent: 64,
  forkName: 16,
  /** As in the peer book. [PEER-15] */
  address: 256,
  /** An account's nonce, balance and two hashes take 110 bytes. */
  stateValue: 128,
  /** A branch of 16 hashes and a value takes 565 bytes. */
  proofNode: 1_024,
  /** EIP-170 allows 24,576, but genesis code is exempt. */
  code: 64 * KIB,
  stateRange: 512 * KIB,
  /** Two votes, each with a signature and under 100 other bytes. A certificate's bitmap has 128 bytes. */
  vote: 600,
  /** Signatures, bitmap and under 100 other bytes. */
  voteBundle: BUNDLED_VOTES_MAX * 96 + 128 + 100,
} as const;

/** No transaction is shorter than 33 bytes: 21 for r, 12 for gas limit, chain id and empty fields. */
export const TRANSACTION_BYTES_MIN = 32;

/** [NET-5] */
export const BYTE_LIMITS = {
  hello: 4 * KIB,
  hashes: 16 * KIB,
  headersAnswer: COUNT_LIMITS.headersPerAnswer * (HEADER_LIMITS.bytesMax + 3) + 64,
  pastRequest: 128,
  /** A DAA count takes up to 8 bytes, bits up to 5, and a position up to 3. */
  pastAnswer:
    COUNT_LIMITS.pastBlocks *
      (HEADER_LIMITS.bytesMax + COUNT_LIMITS.streams * (8 + 5) + COUNT_LIMITS.merged * 3 + 32) +
    64,
  bulkAnswer: 4 * MIB,
  transactionsAnswer: MIB,
  pooledAnswer: COUNT_LIMITS.pooled * 33 + 16,
  stateRequest: 128,
  stateAnswer: SIZE_LIMITS.stateRange + COUNT_LIMITS.proofNodes * (SIZE_LIMITS.proofNode + 3) + 64,
  transactionsBatch: 256 * KIB,
  traces: COUNT_LIMITS.traces * 64 + 16,
  finalityMessage: SIZE_LIMITS.voteBundle + 32,
  certificatesRequest: 32,
  shardsRequest: 8,
  shardsAnswer: COUNT_LIMITS.shards * (COUNT_LIMITS.addresses * (SIZE_LIMITS.address + 3) + 12) + 8,
  outboxRequest: 64,
  outboxAnswer: OUTBOX_RANGE_BYTES_MAX + 8,
  certificatesAnswer: COUNT_LIMITS.certificates * (SIZE_LIMITS.vote + 3) + 16,
} as const;

/** Assumes 1 MiB/s and the latency of a loaded node. [NET-5] */
export const TIME_LIMITS = {
  smallMs: 5 * SECOND_MS,
  bulkMs: 15 * SECOND_MS,
} as const;

/** A token pays for 4 KiB sent or 0.1 ms of work. [NET-6] */
export const TOKEN_BYTES = 4 * KIB;
