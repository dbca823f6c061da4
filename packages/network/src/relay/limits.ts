const MIB = 1024 * 1024;

/** [NET-20] */
export const BLOCK_RELAY_LIMITS = {
  /** Some seconds of blocks on the fastest network. */
  underwayMax: 128,
  /** A peer imports one block after another. */
  underwayPerPeerMax: 32,
  underwayPerBlockMax: 3,
  heardMax: 4_096,
} as const;

/** Transactions of a full pool, and recently evicted ones. [NET-19] */
export const KNOWN_BYTES_MAX = 128 * MIB;

/** Time to reach peers: a batch delay, and a signature check at each hop. */
export const SPREAD_MS = 250;

/** Hashing takes some 20 ms. A main network block needs less than 5,000; more indicates chosen prefixes. */
export const CANDIDATES_MAX = 16_384;

/** [NET-21] */
export const TRANSACTION_RELAY_LIMITS = {
  batchMs: 20,
  /** Some batches. Peers receive other transactions in blocks. */
  waitingMax: 16_384,
  receivedMax: 16_384,
  /** Rejected transactions are checked again later: the sender may get funds. */
  refusedMax: 16_384,
  refusedMs: 30_000,
  /** Enough parallel checks for the sender-recovery threads. */
  besideMax: 32,
  /** Backoff of a peer without tokens for rejected transactions. */
  backoffMs: 1_000,
  restingMax: 4_096,
  exchangeMax: 4_096,
  /** Attempts; at worst a fifth of the streams breaks. */
  exchangesMax: 5,
  /** Scanning a full pool takes milliseconds. */
  pooledMs: 500,
  exchangeMs: 1_000,
} as const;
