const SECOND_MS = 1_000;

export const OUTBOX_LIMITS = {
  /** Each for another pair of shards. */
  requestsMax: 8,
  askedPeersMax: 4,
  /** After which the same messages are requested again. */
  retryMs: 1 * SECOND_MS,
  /** A peer that lacks a source can begin to follow it, or catch up. */
  lackMs: 10 * SECOND_MS,
  /** Peers by source, and failed requests. */
  rememberedMax: 4_096,
  /** The host of a shard answers while it imports blocks. */
  answersMax: 16,
} as const;
