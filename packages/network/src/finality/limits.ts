import { COUNT_LIMITS } from "../wire/limits.ts";

const SECOND_MS = 1_000;

export const FINALITY_LIMITS = {
  /**
   * Gossip drops duplicates for two minutes, so a repeated message needs a new slot number. Within a slot,
   * all nodes send equal bytes.
   */
  slotMs: 500,
  /** Long enough for votes that several peers send at once. */
  holdFirstMs: 10,
  /** About the latency between continents, so that a hop adds one bundle for each round trip. */
  holdMs: 110,
  /** Ballots and values whose votes are being forwarded. */
  bundlesMax: 256,
  /** Half a slot, to allow for jitter. */
  passAgainMs: 250,
  /** Messages of four rounds with 1,024 validators. */
  passedMax: 8_192,
  askMs: 1 * SECOND_MS,
  askedPeersMax: 4,
  certificatesPerRequest: COUNT_LIMITS.certificates,
  pagesMax: 64,
} as const;

/**
 * A signature takes 0.8 ms to verify, an aggregate up to 1.5 ms, and each further signature of a bundle 0.15 ms.
 * [NET-6]
 */
export const VERIFY_TOKENS = {
  votes: 8,
  signature: 1.5,
  proposal: 24,
  certificate: 16,
  evidence: 16,
  heartbeat: 8,
} as const;
