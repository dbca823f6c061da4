import type { Cluster } from "../repository/Manifest.ts";
import { segmentName } from "../wal/walRecords.ts";

/** Names of the segments from the start of a backup until its restore point. */
export function segmentsOf({ timeline, start, restorePoint, segmentBytes }: Cluster): string[] {
  const names: string[] = [];
  for (let at = start - (start % segmentBytes); at < restorePoint.lsn; at += segmentBytes)
    names.push(segmentName(timeline, at, segmentBytes));
  return names;
}
