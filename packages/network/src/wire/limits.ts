import { HEADER_LIMITS } from "@trellis/protocol";

const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND_MS = 1_000;

/** Items that messages hold at most. [NET-5] */
export const COUNT_LIMITS = {
  /** A locator doubles its distances: 64 hashes reach through 2^40 blocks with ten at each end to spare. */
  locator: 64,
  /** The tips of the widest DAG are fewer by far: its parents are at most 16. */
  tips: 64,
  /** A node keeps eight. */
  states: 16,
  headersPerRequest: 512,
  /** The page ends with a whole mergeset, of at most 512 blocks on any network, and its chain block. */
  headersPerAnswer: 512 + 513,
  blocks: 32,
  bodies: 128,
  transactions: 256,
  pooled: 4_096,
  codes: 64,
  /** Minutes of checkpoints; where an epoch is longer, its later ones make the earlier final too. */
  certificates: 64,
  /** Of the smallest entry, 35 bytes, in the most bytes that may be asked for. */
  stateEntries: 14_979,
  /** Two paths of 64 nodes, in a trie that an adversary made as deep as it gets. */
  proofNodes: 128,
} as const;

/** Bytes of single items, where their own encodings do not bound them. [NET-5] */
export const SIZE_LIMITS = {
  agent: 64,
  /** Nonce, balance and two hashes with their RLP headers are 110 bytes; slots are shorter. */
  stateValue: 128,
  /** A branch of 16 hashes and a value has 565 bytes with headers. */
  proofNode: 1_024,
  /** EIP-170 bounds deployed code by 24,576; what genesis deploys is not bound by it. */
  code: 64 * KIB,
  stateRange: 512 * KIB,
  /** A proposal with its proof, or evidence: two votes. Each has a signature and less than 100 bytes; bitmaps have 128. */
  vote: 600,
} as const;

/**
 * No signed transaction is shorter: a signature's r alone has 21 bytes even for the nonce that makes it shortest, and
 * gas limit, chain id and the empty fields take 12 more. So it bounds how many a body holds.
 */
export const TRANSACTION_BYTES_MIN = 32;

/** Payload bytes of messages whose size the network's parameters do not change. [NET-5] */
export const BYTE_LIMITS = {
  hello: 4 * KIB,
  /** A hash with its RLP header is 33 bytes. */
  hashes: 16 * KIB,
  headersAnswer: COUNT_LIMITS.headersPerAnswer * (HEADER_LIMITS.bytesMax + 3) + 64,
  /** Answers of blocks, bodies and codes: a peer sends some items and leaves out the rest. */
  bulkAnswer: 4 * MIB,
  transactionsAnswer: MIB,
  pooledAnswer: COUNT_LIMITS.pooled * 33 + 16,
  stateRequest: 128,
  stateAnswer: SIZE_LIMITS.stateRange + COUNT_LIMITS.proofNodes * (SIZE_LIMITS.proofNode + 3) + 64,
  /** A gossiped batch of transactions; one of the largest always fits. */
  transactionsBatch: 256 * KIB,
  finalityMessage: SIZE_LIMITS.vote + 32,
  certificatesRequest: 32,
  certificatesAnswer: COUNT_LIMITS.certificates * (SIZE_LIMITS.vote + 3) + 16,
} as const;

/** How long an answer may take: bytes at 1 MiB a second, and what a loaded node needs to begin. [NET-5] */
export const TIME_LIMITS = {
  smallMs: 5 * SECOND_MS,
  bulkMs: 15 * SECOND_MS,
} as const;

/** Tokens, of which one stands for about 4 KiB sent or a tenth of a millisecond of work, whichever is more. [NET-6] */
export const TOKEN_BYTES = 4 * KIB;
