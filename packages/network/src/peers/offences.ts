import type { Offence } from "./PeerGuard.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

export const SCORES = {
  /** Honest peers stop retrying earlier. */
  halfLifeMs: 10 * MINUTE_MS,
  credit: 1,
  /** At most half the points of any offence except the smallest. [PEER-2] */
  creditMax: 10,
  /** Disconnects peers with this score or less. */
  graylist: -40,
  /** Graylistings that cause a ban. Points decay, so they must occur within about an hour. */
  graylistingsMax: 3,
  ban: -100,
  /** Slowness alone must never graylist a peer. [PEER-6] */
  stallShownMax: 30,
  /** Reached after about four minutes without an answer. */
  stallDisconnect: 75,
  /** Reached after about ten minutes if other peers answer. */
  stallBan: 150,
  /** Stalls count only if another peer sent valid data within this time. */
  othersAnsweredMs: MINUTE_MS,
} as const;

interface OffenceEntry {
  readonly points: number;
  /** Reports within this time belong to the same event. */
  readonly onceInMs: number;
}

/** Reasons: docs/spec/network.md. [PEER-3] */
export const OFFENCES: Readonly<Record<Offence, OffenceEntry>> = {
  malformed: { points: 50, onceInMs: 0 },
  invalidBlock: { points: 100, onceInMs: 0 },
  invalidTransaction: { points: 25, onceInMs: 0 },
  invalidVote: { points: 100, onceInMs: 0 },
  falseAnswer: { points: 40, onceInMs: 0 },
  falseClaim: { points: 20, onceInMs: 10 * SECOND_MS },
  stalling: { points: 10, onceInMs: 30 * SECOND_MS },
  flooding: { points: 10, onceInMs: SECOND_MS },
  otherNetwork: { points: 40, onceInMs: 0 },
};
