import { type Backoff, NO_BACKOFF, nextBackoff } from "../Backoffs.ts";
import { FINALITY_GATE_LIMITS } from "../limits.ts";
import type { RoundEnd } from "./SyncRound.ts";

/** What header sync remembers of a peer. */
export interface HeaderSource {
  /** Its blocks could not be reached parent by parent. */
  readonly isDemanded: boolean;
  readonly backoff: Backoff;
  /** When its last round began, unless that gave all that it claimed. ms since the Unix epoch */
  readonly beganMs: number;
  /** Rounds that ended without all that it claimed, though nobody else's turn had come, since it gave all. */
  readonly failures: number;
  /** How long its rounds took after which its chain was no heavier than this node's, since it gave all. ms */
  readonly lighterMs: number;
  /** Rounds in a row that brought nothing, because it claims more than is here and gave nothing. */
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

/** How it is with a source at the moment. */
export interface SourceNow {
  /** Its round gave way to another's last. */
  readonly isDeferred: boolean;
  /** Its chain leaves this node's below what would be final. */
  readonly isFork: boolean;
  /** ms since the Unix epoch */
  readonly nowMs: number;
}

/** Where a source stands among those that have what is worth a round; compared number by number, the lowest first. */
export type Rank = readonly number[];

/**
 * Undefined while it rests. First come those whose chains leave this node's, in turn; one that gave nothing when it was
 * asked comes after the others, and last who has just given way. [SYNC-29]
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

/** It has not failed to show what it claims again and again. */
export function hasChances({ failures, lighterMs }: HeaderSource): boolean {
  return (
    failures < FINALITY_GATE_LIMITS.turnsMax &&
    lighterMs < FINALITY_GATE_LIMITS.turnsMax * FINALITY_GATE_LIMITS.turnMs
  );
}

/** What a round tells of its source. A round that brought nothing does not come again at once. [SYNC-15] */
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
