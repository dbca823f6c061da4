const MIB = 1024 * 1024;

/** What the relay of blocks may hold. [NET-20] */
export const BLOCK_RELAY_LIMITS = {
  /** Blocks that are being rebuilt, checked or imported: some seconds of the fastest network. */
  underwayMax: 128,
  /** One peer passes on what it has imported, which it does one after another. */
  underwayPerPeerMax: 32,
  /** Hashes of blocks that others told of: they tell the rest. */
  heardMax: 4_096,
} as const;

/** Transactions by which blocks are rebuilt: as much as a pool holds, and those that it let go lately. [NET-19] */
export const KNOWN_BYTES_MAX = 128 * MIB;

/** What the relay of transactions may hold and send. [NET-21] */
export const TRANSACTION_RELAY_LIMITS = {
  /** What comes together in this time goes out together. */
  batchMs: 20,
  /** Transactions that wait to go out: as many as some batches hold. Others learn of the rest by blocks. */
  waitingMax: 16_384,
  /** Hashes of transactions that came from others, who pass them on. */
  heardMax: 65_536,
  /** Hashes of transactions that were refused: they are not checked again. */
  refusedMax: 16_384,
  /** From the pool of a peer that is new. */
  exchangeMax: 4_096,
  /** Between two looks for peers that are new. */
  exchangeMs: 1_000,
} as const;
