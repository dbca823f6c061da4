import { COUNT_LIMITS } from "../wire/limits.ts";

const SECOND_MS = 1_000;

/** What the relay of votes may hold, ask and cost. [NET-23] [NET-24] [NET-26] */
export const FINALITY_LIMITS = {
  /**
   * What is said again in another slot is another message for gossip, which forgets nothing for two minutes; by all who
   * say it again in one slot it is the same. No network repeats more often.
   */
  slotMs: 500,
  /** A known message is passed on again after this time, whoever says it how often: half a slot, for what jitters. */
  passAgainMs: 250,
  /** Messages that were passed on of late: of 1,024 validators what they say in four rounds. */
  passedMax: 8_192,
  /** Certificates are asked for no more often. */
  askMs: 1 * SECOND_MS,
  /** Of so many peers, one after another, until one has some. */
  askedPeersMax: 4,
  certificatesPerRequest: COUNT_LIMITS.certificates,
  /** Requests to one peer that goes on giving. */
  pagesMax: 64,
} as const;

/**
 * Tokens that judging a message takes when it is not known, beside its bytes: a signature is verified in 0.8 ms, an
 * aggregate in up to 1.5 ms. [NET-6]
 */
export const VERIFY_TOKENS = { vote: 8, proposal: 24, certificate: 16, evidence: 16, heartbeat: 8 } as const;
