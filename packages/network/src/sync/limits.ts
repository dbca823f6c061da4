import { COUNT_LIMITS } from "../wire/index.ts";

const MIB = 1024 * 1024;
const SECOND_MS = 1_000;

export const HELLO_LIMITS = {
  waitMs: 10 * SECOND_MS,
  againMs: 1 * SECOND_MS,
  confirmMs: 1 * SECOND_MS,
  intervalMs: 4 * SECOND_MS,
  /** Chain blocks that trigger an early hello. */
  sinkMovedMax: 32,
  /** Minimum interval of early hellos: a syncing node adds hundreds of blocks per second. */
  movedMsMin: 1 * SECOND_MS,
} as const;

export const BLOCK_QUEUE_LIMITS = {
  /** Four minutes of blocks on the fastest public network. */
  queueCountMax: 512,
  queueBytesMax: 64 * MIB,
  runBlocksMax: 128,
  orphanCountMax: 1_024,
  orphanBytesMax: 64 * MIB,
  /** An eighth: peers must not evict each other's orphans. */
  orphansPerPeerMax: 128,
  orphanBytesPerPeerMax: 8 * MIB,
  orphanLifetimeMs: 60 * SECOND_MS,
  /** Fetching nearby parents takes a few round trips. */
  patienceMs: 2 * SECOND_MS,
  waitingMax: 128,
  waitingPerPeerMax: 32,
  sweepMs: 10 * SECOND_MS,
  /** Rounds of parents fetched by hash before header sync. */
  roundsBeforeSync: 2,
  /** Exceeds the generations of the largest mergeset. */
  roundsMax: 512,
  /** Lead in blue score above which header sync takes over. */
  aheadMax: 64,
  refusedMax: 4_096,
} as const;

export const FETCH_LIMITS = {
  blocksPerRequest: COUNT_LIMITS.blocks,
  requestsPerPeerMax: 2,
  othersMax: 2,
  /** If a fifth of all streams break, this wrongly blames a peer in 1 of 3,000 cases. */
  unansweredMax: 5,
  /** The peer may be overloaded or lack this node's hello. */
  againMs: 1 * SECOND_MS,
  missingPerPeerMax: 1_024,
} as const;

/** Delays before a second peer is queried. */
export const HEDGE_LIMITS = {
  firstMs: 2 * SECOND_MS,
  /** Longer than a garbage collection or a TCP retransmission. */
  minMs: SECOND_MS / 2,
  maxMs: 5 * SECOND_MS,
  peersMax: 256,
} as const;

export const READING_LIMITS = {
  /** Minimum lead of a peer whose blocks header sync fetches. */
  aheadMin: 32,
  headersPerPage: COUNT_LIMITS.headersPerRequest,
  pastPerPage: COUNT_LIMITS.pastBlocks,
  /** Shorter pages could make reading endless. */
  pageHeadersMin: 32,
  /** 16 MiB at 2 KiB per header, or a few seconds of import. */
  headersAheadMax: 8_192,
  pageTopsMax: 8,
  /** Consecutive pages without a new header, which can follow a wide gap between locator hashes. */
  oldPagesMax: 32,
  /** Five times the blocks that the fastest public network produces in `ROUND_LIMITS.stallMs`. */
  headersPerStallMin: COUNT_LIMITS.headersPerRequest,
} as const;

export const BODY_LIMITS = {
  requestBytes: MIB,
  perRequestMax: COUNT_LIMITS.bodies,
  requestsPerPeerMax: 2,
  bufferBytesMax: 64 * MIB,
  hedgeAfterMs: 2 * SECOND_MS,
  meanBytesAtFirst: 16 * 1024,
  peersMax: 8,
} as const;

export const ROUND_LIMITS = {
  tickMs: SECOND_MS,
  logMs: 10 * SECOND_MS,
  stallMs: 45 * SECOND_MS,
  /** Below `stallMs`: headers of an invalid chain can be cheap, and their bodies never arrive. */
  firstBlockMs: 30 * SECOND_MS,
  runBlocksMax: 256,
  runBytesMax: 16 * MIB,
  backoffMs: 5 * SECOND_MS,
  backoffMsMax: 10 * 60 * SECOND_MS,
  backoffPeersMax: 1_024,
  /** Consecutive rounds without data that disprove a claim. */
  timeoutsMax: 3,
} as const;

export const FINALITY_GATE_LIMITS = {
  /** A single peer may lie. */
  peersMin: 3,
  /** Time for dials and hellos; afterwards, fewer peers suffice. */
  graceMs: 20 * SECOND_MS,
  missesMax: 3,
  /** Time for a fork to prove more work. */
  turnMs: 60 * SECOND_MS,
  /** Turns or failed rounds until a claim is no longer credible. */
  turnsMax: 3,
} as const;

export const SERVING_LIMITS = {
  /** A larger item is sent alone. */
  answerBytes: 2 * MIB,
} as const;

/** Below Prometheus' default scrape interval of 15 s. */
export const METRICS_MS = 5 * SECOND_MS;

export const SNAPSHOT_LIMITS = {
  /** About 100,000 headers: most of a day's blocks on the fastest public network. */
  turnMs: 120 * SECOND_MS,
  /** Allows for randomness and growing hash power. */
  headersToTargetMax: 2,
} as const;

export const STATE_LIMITS = {
  requestsMax: 64,
  peersMax: 8,
  requestsPerPeerMax: 2,
  rangeBytes: 256 * 1024,
  /** Larger answers repeat known data; smaller ones cost round trips. */
  patchBytes: 8 * 1024,
  codesPerRequest: 32,
  missesMax: 2,
} as const;
