import { type Backoff, NO_BACKOFF, nextBackoff } from "../Backoffs.ts";
import { FINALITY_GATE_LIMITS } from "../limits.ts";
import type { RoundEnd } from "./SyncRound.ts";

export interface HeaderSource {
  /** Set after the block queue could not fetch ancestors. */
  readonly isDemanded: boolean;
  readonly backoff: Backoff;
  /** Start of the last incomplete round, in ms since the Unix epoch. */
  readonly beganMs: number;
  readonly failures: number;
  /** Time in ms during which the peer's chain was not heavier than this node's. */
  readonly lighterMs: number;
  /** Consecutive rounds without data from a peer that claims more blue work. */
  readonly timeouts: number;
}

export const NEW_SOURCE: HeaderSource = {
  isDemanded: false,
  backoff: NO_BACKOFF,
  beganMs: 0,
  failures: 0,
  lighterMs: 0,
  timeouts: 0,
};

export interface SourceNow {
  readonly isDeferred: boolean;
  /** Forks below the block to finalize. */
  readonly isFork: boolean;
  readonly nowMs: number;
}

/** Compared lexicographically; the lowest rank comes first. */
export type Rank = readonly number[];

/**
 * The deferred peer and peers without a credible claim come last. Otherwise, forks come first (longest unread
 * first), then the fewest timeouts. Undefined during backoff. [SYNC-29]
 */
export function rank(source: HeaderSource, { isDeferred, isFork, nowMs }: SourceNow): Rank | undefined {
  const { beganMs, timeouts, backoff } = source;
  if (backoff.untilMs > nowMs) return undefined;
  return [Number(isDeferred), Number(!hasChances(source)), Number(!isFork), isFork ? beganMs : 0, timeouts];
}

export function compareRanks(a: Rank, b: Rank): number {
  const index = a.findIndex((number, at) => number !== b[at]);
  return index < 0 ? 0 : a[index]! - b[index]!;
}

export function hasChances({ failures, lighterMs }: HeaderSource): boolean {
  return (
    failures < FINALITY_GATE_LIMITS.turnsMax &&
    lighterMs < FINALITY_GATE_LIMITS.turnsMax * FINALITY_GATE_LIMITS.turnMs
  );
}

/** [SYNC-15] */
export function afterRound(
  source: HeaderSource,
  { end, blocksImported }: { readonly end: RoundEnd; readonly blocksImported: number },
  { isFork, nowMs }: SourceNow,
): HeaderSource {
  const { isDemanded } = source;
  const failed = nextBackoff(source.backoff, nowMs);
  if (end === "done") {
    return { ...NEW_SOURCE, isDemanded, backoff: blocksImported > 0 ? NO_BACKOFF : failed };
  }
  const isDeferred = end === "deferred";
  return {
    ...source,
    backoff: isDeferred ? source.backoff : failed,
    failures: source.failures + (isDeferred ? 0 : 1),
    lighterMs: source.lighterMs + (isFork ? nowMs - source.beganMs : 0),
    timeouts: blocksImported > 0 ? 0 : source.timeouts,
  };
}
