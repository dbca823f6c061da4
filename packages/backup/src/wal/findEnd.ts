import { type ReadSegment, type WalRecord, walRecords } from "./walRecords.ts";

export interface LogEnd {
  /** Position after the last kept record. */
  readonly end: number;
  /** Position of the last kept record. Undefined if there is none. */
  readonly lastLsn: number | undefined;
  /** True if a later commit was found, so all earlier ones are there. */
  readonly isComplete: boolean;
}

/** Where a log ends that shows the state at `targetMs`: before the first later commit. */
export function findEnd(
  read: ReadSegment,
  { timeline, redo }: { readonly timeline: number; readonly redo: number },
  targetMs = Number.POSITIVE_INFINITY,
): LogEnd {
  let last: WalRecord | undefined;
  for (const record of walRecords(read, timeline, redo)) {
    if (record.commitMs !== undefined && record.commitMs > targetMs)
      return { end: record.lsn, lastLsn: last?.lsn, isComplete: true };
    last = record;
  }
  return { end: last?.end ?? redo, lastLsn: last?.lsn, isComplete: false };
}
