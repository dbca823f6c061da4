import type { Offence } from "./PeerGuard.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** Scores and what they mean. Points; 0 is a peer of whom nothing is known. [PEER-1] [PEER-4] */
export const SCORES = {
  /** Points halve in this time. Long against a retry, short against the time for which anybody would be missed. */
  halfLifeMs: 10 * MINUTE_MS,
  /** What one credit adds. */
  credit: 1,
  /** All that good work can be worth: less than half of any offence but the smallest. [PEER-2] */
  creditMax: 10,
  /** At or below: not connected. */
  graylist: -40,
  /**
   * Falling to it so often is a ban, while what it fell by is remembered (about an hour): points pass with time, and
   * whoever waited for that each time would never be banned.
   */
  graylistingsMax: 3,
  /** At or below: kept out for a time. */
  ban: -100,
  /** Points for stalling count apart and lower the score by no more than this: slowness alone never graylists. [PEER-6] */
  stallShownMax: 30,
  /** At so many points for stalling a peer is replaced: about four minutes without an answer. */
  stallDisconnect: 75,
  /** And kept out: about ten minutes without an answer, while others answer. */
  stallBan: 150,
  /** How lately another peer must have been right for a stall to be the peer's fault and not that of our own line. */
  othersAnsweredMs: MINUTE_MS,
} as const;

interface OffenceEntry {
  readonly points: number;
  /** Reports within this time of one that cost points cost nothing: they are one event. */
  readonly onceInMs: number;
}

/** What each offence costs. docs/spec/peers.md gives the reasons. [PEER-3] */
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
