import { COUNT_LIMITS } from "../wire/index.ts";

const MIB = 1024 * 1024;
const SECOND_MS = 1_000;

/** How nodes tell each other how far they are. */
export const HELLO_LIMITS = {
  /** A connection without a hello for as long is ended: a round trip takes far less. */
  waitMs: 10 * SECOND_MS,
  /** Until then one that was not answered is said again. */
  againMs: 1 * SECOND_MS,
  /** A peer is asked what it keeps, before it is blamed for what it lacks, no more often: blame counts more rarely. */
  confirmMs: 1 * SECOND_MS,
  /** A random peer is asked for its tips as often: gossip that was lost is healed within some of these. */
  intervalMs: 4 * SECOND_MS,
  /** Chain blocks of movement after which one does not wait for the interval. */
  sinkMovedMax: 32,
  /** But for this: a node that syncs moves by hundreds a second. */
  movedMsMin: 1 * SECOND_MS,
} as const;

/** Limits of the block queue. */
export const BLOCK_QUEUE_LIMITS = {
  /** Blocks that wait for their import: about half a minute of the fastest network. */
  queueCountMax: 512,
  queueBytesMax: 64 * MIB,
  /** Blocks that are imported together. */
  runBlocksMax: 128,
  orphanCountMax: 1_024,
  orphanBytesMax: 64 * MIB,
  /** Of one peer: an eighth, so that some peers cannot drive out the orphans of others. */
  orphansPerPeerMax: 128,
  orphanBytesPerPeerMax: 8 * MIB,
  /** Parents come within round trips; what is older waits for nothing. */
  orphanLifetimeMs: 60 * SECOND_MS,
  /** Who offered an orphan hears for this long what becomes of it: parents nearby come in a few round trips. */
  patienceMs: 2 * SECOND_MS,
  /** Offers of orphans that are waited for, in all and of one peer: the others hear at once that it is one. */
  waitingMax: 128,
  waitingPerPeerMax: 32,
  sweepMs: 10 * SECOND_MS,
  /** Generations of parents fetched by hash before it is asked whether a header sync is the better way. */
  roundsBeforeSync: 2,
  /** And before the attempt is given up: more than the largest mergeset, which is the most that can be merged at once. */
  roundsMax: 512,
  /** Above our sink's blue score: a block so far ahead is not worked towards parent by parent. */
  aheadMax: 64,
  /** Hashes of blocks that were refused, so that they are not fetched again. */
  refusedMax: 4_096,
} as const;

export const FETCH_LIMITS = {
  blocksPerRequest: COUNT_LIMITS.blocks,
  requestsPerPeerMax: 2,
  /** Peers asked beside those that sent something that needs the block. */
  othersMax: 2,
  /**
   * Requests for one block that a peer which should have it leaves unanswered before it is taken not to have it: where
   * each fifth stream breaks, so many do in one case of three thousand.
   */
  unansweredMax: 5,
  /** It is asked again after this time: it may not have heard this node's hello yet, or be overloaded. */
  againMs: 1 * SECOND_MS,
  /** Blocks that are sought because of one peer: eight for each orphan that it may have here. */
  missingPerPeerMax: 1_024,
} as const;

/** When a block is asked of a second peer because the first takes longer than it usually does. */
export const HEDGE_LIMITS = {
  /** Of one that has not answered anything yet. */
  firstMs: 2 * SECOND_MS,
  /** A garbage collection or a lost packet is not worth another request. */
  minMs: SECOND_MS / 2,
  /** A third of what an answer may take, whatever the peer took before. */
  maxMs: 5 * SECOND_MS,
  peersMax: 256,
} as const;

export const READING_LIMITS = {
  /** A peer's chain block this far above ours is reached by headers; what is nearer by its tips. */
  aheadMin: 32,
  headersPerPage: COUNT_LIMITS.headersPerRequest,
  /** A page that is not the last one holds at least so many, or reading would never end. */
  pageHeadersMin: 32,
  /**
   * Checked headers ahead of the import. At about 2 KiB a header in memory they take 16 MiB, and they are some
   * seconds of import on the fastest machine.
   */
  headersAheadMax: 8_192,
  /** Page tops that a locator begins with. */
  pageTopsMax: 8,
  /** Full pages one after another without a header that is new here: a locator's widest gap has about as many. */
  oldPagesMax: 32,
  /**
   * New headers in `ROUND_LIMITS.stallMs`, where nothing is imported while headers are read: a full page, which is five
   * times what the fastest network makes meanwhile.
   */
  headersPerStallMin: COUNT_LIMITS.headersPerRequest,
} as const;

export const BODY_LIMITS = {
  /** About what a request asks for, by the mean size of recent bodies. */
  requestBytes: MIB,
  perRequestMax: COUNT_LIMITS.bodies,
  requestsPerPeerMax: 2,
  /** Bodies that wait for their import, with those that are asked for. */
  bufferBytesMax: 64 * MIB,
  /** A request that is older is given to an idle peer too. */
  hedgeAfterMs: 2 * SECOND_MS,
  /** What is taken for the size of a body before any was seen. */
  meanBytesAtFirst: 16 * 1024,
  /** Peers that are asked at the same time. */
  peersMax: 8,
} as const;

export const ROUND_LIMITS = {
  tickMs: SECOND_MS,
  logMs: 10 * SECOND_MS,
  /** Without a header or block in between, another peer is tried. */
  stallMs: 45 * SECOND_MS,
  /**
   * From the first header until the first block is imported: easy work can be found for headers of a chain that is none,
   * which only their import shows, and their bodies need never come.
   */
  firstBlockMs: 30 * SECOND_MS,
  /** Blocks and bytes that are imported together. */
  runBlocksMax: 256,
  runBytesMax: 16 * MIB,
  /** A peer that failed is left alone for this long, doubling. */
  backoffMs: 5 * SECOND_MS,
  backoffMsMax: 10 * 60 * SECOND_MS,
  backoffPeersMax: 1_024,
  /** Rounds in a row that bring nothing because their source gives nothing, after which its claim is a false one. */
  timeoutsMax: 3,
} as const;

/** How a node that begins learns whose chain it follows. */
export const FINALITY_GATE_LIMITS = {
  /** Peers whose claims are weighed before anything is final, or a state is chosen: one alone may lie. */
  peersMin: 3,
  /** For so many to be met: dials and hellos take seconds. A network may have fewer. */
  graceMs: 20 * SECOND_MS,
  /** Questions one after another that a peer leaves unanswered, after which it is not waited for. */
  missesMax: 3,
  /** For a peer whose chain leaves this node's to show more work, while others wait to. */
  turnMs: 60 * SECOND_MS,
  /** Turns that are spent, and rounds that fail, after which it is not believed to have more. */
  turnsMax: 3,
} as const;

/** What one answer holds, whatever is asked; counts are those of the protocols. */
export const SERVING_LIMITS = {
  /** Of blocks, bodies and codes; a first one that is larger is answered alone. */
  answerBytes: 2 * MIB,
} as const;

/** Gauges are read every fifteen seconds, as Prometheus does by default, or less often. */
export const METRICS_MS = 5 * SECOND_MS;

/** How headers come to a node that knows nothing yet but a checkpoint. */
export const SNAPSHOT_LIMITS = {
  /**
   * Of reading one peer's headers before others are read: some 100,000 of an honest one, which is most of a day of the
   * fastest public network.
   */
  turnMs: 120 * SECOND_MS,
  /** A peer's headers in all, to those that come at the pace that the difficulty aims at: luck, and power that grows. */
  headersToTargetMax: 2,
} as const;

export const STATE_LIMITS = {
  /** Wishes looked at together. */
  requestsMax: 64,
  peersMax: 8,
  requestsPerPeerMax: 2,
  rangeBytes: 256 * 1024,
  /** Where something is here already: more would mostly be alike, less would cost more round trips than bytes. */
  patchBytes: 8 * 1024,
  codesPerRequest: 32,
  /** Requests in vain to each peer after which nobody is taken to have that state. */
  missesMax: 2,
} as const;
