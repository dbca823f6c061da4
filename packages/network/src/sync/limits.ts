import { COUNT_LIMITS } from "../wire/index.ts";

const MIB = 1024 * 1024;
const SECOND_MS = 1_000;

export const HELLO_LIMITS = {
  /** Maximum wait for a hello; a round trip takes far less. */
  waitMs: 10 * SECOND_MS,
  /** Retry interval until then. */
  againMs: 1 * SECOND_MS,
  /** Interval of history confirmations before penalties, which are rarer. */
  confirmMs: 1 * SECOND_MS,
  /** Interval of hellos to a random peer; a few of them repair lost gossip. */
  intervalMs: 4 * SECOND_MS,
  /** Chain blocks after which a hello is sent early. */
  sinkMovedMax: 32,
  /** A syncing node advances hundreds of blocks a second. */
  movedMsMin: 1 * SECOND_MS,
} as const;

export const BLOCK_QUEUE_LIMITS = {
  /** Half a minute of blocks on the fastest network. */
  queueCountMax: 512,
  queueBytesMax: 64 * MIB,
  runBlocksMax: 128,
  orphanCountMax: 1_024,
  orphanBytesMax: 64 * MIB,
  /** An eighth, so that peers cannot evict each other's orphans. */
  orphansPerPeerMax: 128,
  orphanBytesPerPeerMax: 8 * MIB,
  /** Parents arrive within round trips. */
  orphanLifetimeMs: 60 * SECOND_MS,
  /** Time that an orphan's sender waits: nearby parents take a few round trips. */
  patienceMs: 2 * SECOND_MS,
  /** Waiting orphans; others are reported as orphans at once. */
  waitingMax: 128,
  waitingPerPeerMax: 32,
  sweepMs: 10 * SECOND_MS,
  /** Generations fetched by hash before header sync is considered. */
  roundsBeforeSync: 2,
  /** Generations before giving up: more than the largest mergeset. */
  roundsMax: 512,
  /** Blue score above the own sink beyond which header sync is used. */
  aheadMax: 64,
  refusedMax: 4_096,
} as const;

export const FETCH_LIMITS = {
  blocksPerRequest: COUNT_LIMITS.blocks,
  requestsPerPeerMax: 2,
  /** Peers asked in addition to the sources. */
  othersMax: 2,
  /** With a fifth of the streams broken, wrong in one of three thousand cases. */
  unansweredMax: 5,
  /** The peer may be overloaded, or lack this node's hello. */
  againMs: 1 * SECOND_MS,
  /** Eight missing blocks for each orphan of a peer. */
  missingPerPeerMax: 1_024,
} as const;

/** When a slow request is hedged by another peer. */
export const HEDGE_LIMITS = {
  /** For a peer without measurements. */
  firstMs: 2 * SECOND_MS,
  /** Longer than a garbage collection or a lost packet. */
  minMs: SECOND_MS / 2,
  /** A third of the request timeout. */
  maxMs: 5 * SECOND_MS,
  peersMax: 256,
} as const;

export const READING_LIMITS = {
  /** Header sync is for peers this far ahead; the block queue fetches others' tips. */
  aheadMin: 32,
  headersPerPage: COUNT_LIMITS.headersPerRequest,
  /** Minimum for pages before the last; otherwise reading might never end. */
  pageHeadersMin: 32,
  /** 16 MiB at 2 KiB each; some seconds of imports. */
  headersAheadMax: 8_192,
  /** Page tops at the start of a locator. */
  pageTopsMax: 8,
  /** Consecutive pages without a new header: about the widest gap of a locator. */
  oldPagesMax: 32,
  /** Minimum during `ROUND_LIMITS.stallMs` without imports: five times the production of the fastest network. */
  headersPerStallMin: COUNT_LIMITS.headersPerRequest,
} as const;

export const BODY_LIMITS = {
  /** Request size, by the mean of recent bodies. */
  requestBytes: MIB,
  perRequestMax: COUNT_LIMITS.bodies,
  requestsPerPeerMax: 2,
  /** Bodies buffered or requested. */
  bufferBytesMax: 64 * MIB,
  /** An older request is hedged by an idle peer. */
  hedgeAfterMs: 2 * SECOND_MS,
  meanBytesAtFirst: 16 * 1024,
  peersMax: 8,
} as const;

export const ROUND_LIMITS = {
  tickMs: SECOND_MS,
  logMs: 10 * SECOND_MS,
  /** Time without progress before another peer is tried. */
  stallMs: 45 * SECOND_MS,
  /** Shorter: headers of an invalid chain may be cheap to mine, and their bodies never arrive. */
  firstBlockMs: 30 * SECOND_MS,
  runBlocksMax: 256,
  runBytesMax: 16 * MIB,
  /** Backoff of a failed peer; doubles. */
  backoffMs: 5 * SECOND_MS,
  backoffMsMax: 10 * 60 * SECOND_MS,
  backoffPeersMax: 1_024,
  /** Consecutive rounds without data after which the claim counts as false. */
  timeoutsMax: 3,
} as const;

export const FINALITY_GATE_LIMITS = {
  /** Peers compared at the start: a single peer may lie. */
  peersMin: 3,
  /** Dials and hellos take seconds; a network may have fewer peers. */
  graceMs: 20 * SECOND_MS,
  /** Consecutive unanswered requests before a peer is ignored. */
  missesMax: 3,
  /** Time for a fork to prove more work, while other peers wait. */
  turnMs: 60 * SECOND_MS,
  /** Turns or failed rounds after which a claim is no longer believed. */
  turnsMax: 3,
} as const;

/** Counts are limited by the protocols. */
export const SERVING_LIMITS = {
  /** A larger first item is sent alone. */
  answerBytes: 2 * MIB,
} as const;

/** Below Prometheus' default scrape interval of 15 s. */
export const METRICS_MS = 5 * SECOND_MS;

export const SNAPSHOT_LIMITS = {
  /** Some 100,000 headers: most of a day of the fastest public network. */
  turnMs: 120 * SECOND_MS,
  /** Relative to the target rate, for luck and growing hash power. */
  headersToTargetMax: 2,
} as const;

export const STATE_LIMITS = {
  requestsMax: 64,
  peersMax: 8,
  requestsPerPeerMax: 2,
  rangeBytes: 256 * 1024,
  /** For partly known ranges: more would repeat known data, less would cost more round trips. */
  patchBytes: 8 * 1024,
  codesPerRequest: 32,
  /** Failed requests of every peer after which the state is unavailable. */
  missesMax: 2,
} as const;
