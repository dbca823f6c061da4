import { type ReadSegment, type WalRecord, walRecords } from "./walRecords.ts";

export interface LogEnd {
  /** Position after the last kept record. */
  readonly end: number;
  /** Position of the last kept record. Undefined if there is none. */
  readonly lastLsn: number | undefined;
  /** True if a later commit was found, so all earlier ones are there. */
  readonly isComplete: boolean;
}

interface Start {
  readonly timeline: number;
  readonly redo: number;
  /** Commits before this position are kept, whatever their time is. */
  readonly keptUntil?: number;
}

/**
 * Where a log ends that shows the state at `targetMs`: before the commit that follows the last commit until
 * then. A clock that was set back leaves commits with later times before it.
 */
export function findEnd(
  read: ReadSegment,
  { timeline, redo, keptUntil = 0 }: Start,
  targetMs = Number.POSITIVE_INFINITY,
): LogEnd {
  let last: WalRecord | undefined;
  let later: LogEnd | undefined;
  for (const record of walRecords(read, timeline, redo)) {
    const { lsn, commitMs } = record;
    if (commitMs !== undefined && (commitMs <= targetMs || lsn < keptUntil)) later = undefined;
    else if (commitMs !== undefined) later ??= { end: lsn, lastLsn: last?.lsn, isComplete: true };
    last = record;
  }
  return later ?? { end: last?.end ?? redo, lastLsn: last?.lsn, isComplete: false };
}
