const MIB = 1024 * 1024;

/** What the relay of blocks may hold. [NET-20] */
export const BLOCK_RELAY_LIMITS = {
  /** Blocks that are being rebuilt, checked or imported: some seconds of the fastest network. */
  underwayMax: 128,
  /** One peer passes on what it has imported, which it does one after another. */
  underwayPerPeerMax: 32,
  /** Peers whose messages of one block are looked at side by side. */
  underwayPerBlockMax: 3,
  /** Hashes of blocks that others told of: they tell the rest. */
  heardMax: 4_096,
} as const;

/** Transactions by which blocks are rebuilt: as much as a pool holds, and those that came and went lately. [NET-19] */
export const KNOWN_BYTES_MAX = 128 * MIB;

/**
 * A transaction reaches the others in this time: a batch is waited for, and each hop checks signatures. Who lacked it
 * would need another round trip for the block that carries it.
 */
export const SPREAD_MS = 250;

/**
 * Transactions that are hashed to find those of one block: some 20 ms. A block of the main network needs less than 5,000
 * of a full pool; more means that somebody has made many whose hashes begin alike, and the rest is asked for.
 */
export const CANDIDATES_MAX = 16_384;

/** What the relay of transactions may hold and send. [NET-21] */
export const TRANSACTION_RELAY_LIMITS = {
  /** What comes together in this time goes out together. */
  batchMs: 20,
  /** Transactions that wait to go out: as many as some batches hold. Others learn of the rest by blocks. */
  waitingMax: 16_384,
  /** Transactions whose signatures are being checked. */
  receivedMax: 16_384,
  /** Hashes of transactions that were refused: they are not checked again for some time, in which funds may come. */
  refusedMax: 16_384,
  refusedMs: 30_000,
  /** Transactions of one message that are checked side by side: enough for the threads that recover senders. */
  besideMax: 32,
  /** For so long none are taken of a peer whose tokens for refused ones are used up. */
  backoffMs: 1_000,
  restingMax: 4_096,
  /** From the pool of a peer that is new. */
  exchangeMax: 4_096,
  /** With one that does not answer: each fifth stream breaks at worst. */
  exchangesMax: 5,
  /** What is in the pool is looked up once in this time, whoever asks how often: a full one takes milliseconds. */
  pooledMs: 500,
  /** Between two looks for peers that are new. */
  exchangeMs: 1_000,
} as const;
