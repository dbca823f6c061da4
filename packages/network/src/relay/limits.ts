const MIB = 1024 * 1024;

export const BLOCK_RELAY_LIMITS = {
  underwayMax: 128,
  underwayPerPeerMax: 32,
  underwayPerBlockMax: 3,
  heardMax: 4_096,
} as const;

/** Fits a full pool and recently evicted transactions. [NET-19] */
export const KNOWN_BYTES_MAX = 128 * MIB;

/** Time in which a transaction spreads to most peers. */
export const SPREAD_MS = 250;

/** Hashing these takes 20 ms. A main network block needs less than 5,000; more indicates chosen prefixes. */
export const CANDIDATES_MAX = 16_384;

/** Bounds what peers can make a node record. [NET-27] */
export const TRACE_RATE = { perSecond: 16, burst: 64 } as const;
/** Of one peer, so that others have a share. [NET-28] */
export const TRACE_PEER_RATE = { perSecond: 4, burst: 16 } as const;

export const TRANSACTION_RELAY_LIMITS = {
  batchMs: 20,
  waitingMax: 16_384,
  receivedMax: 16_384,
  refusedMax: 16_384,
  /** Short: the sender may receive funds meanwhile. */
  refusedMs: 30_000,
  /** Enough to occupy the sender-recovery threads. */
  besideMax: 32,
  backoffMs: 1_000,
  restingMax: 4_096,
  exchangeMax: 4_096,
  /** Suffices even if a fifth of all streams break. */
  exchangesMax: 5,
  /** Hashes are cached this long: scanning a full pool takes milliseconds. */
  pooledMs: 500,
  exchangeMs: 1_000,
} as const;
