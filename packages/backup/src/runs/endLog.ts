import { readdir, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { backupErrors } from "../errors.ts";
import type { DatabaseLog } from "../repository/Manifest.ts";
import { readingLog } from "../sources/databases.ts";
import { findEnd } from "../wal/findEnd.ts";
import { SEGMENT_BYTES, segmentName } from "../wal/walRecords.ts";

interface EndOptions {
  readonly directory: string;
  readonly log: DatabaseLog;
  /** ms since the Unix epoch */
  readonly targetMs: number;
  /** Time until which the log is complete. */
  readonly completeMs: number;
}

/**
 * Ends the log of a restored database after the last commit until the target. The database replays it when it is
 * opened.
 * @throws RESTORE_TIME_UNREACHABLE, REPOSITORY_DAMAGED
 */
export async function endLog({ directory, log, targetMs, completeMs }: EndOptions): Promise<void> {
  const folder = join(directory, "pg_wal");
  const names = (await readdir(folder)).filter((name) => /^[0-9A-F]{24}$/.test(name));
  // The database expects whole segments. Zeros end a log.
  for (const name of names) await truncate(join(folder, name), SEGMENT_BYTES);
  // Without a target time, all changes that the copied pages show are before the backup's time.
  const keptUntil = targetMs === completeMs ? log.consistentAt : 0;
  const { end, isComplete } = findEnd(readingLog(directory), { ...log, keptUntil }, targetMs);
  if (end < log.consistentAt || (!isComplete && targetMs > completeMs)) {
    const latest = new Date(completeMs).toISOString();
    throw backupErrors.RESTORE_TIME_UNREACHABLE({ target: new Date(targetMs).toISOString(), latest });
  }
  if (!isComplete && end !== log.end) {
    const reason = `its log ends at ${end}, but ${log.end} was backed up`;
    throw backupErrors.REPOSITORY_DAMAGED({ object: directory, reason });
  }
  const last = segmentName(log.timeline, end - 1);
  for (const name of names) {
    if (name > last) await rm(join(folder, name));
    if (name !== last) continue;
    await truncate(join(folder, name), ((end - 1) % SEGMENT_BYTES) + 1);
    await truncate(join(folder, name), SEGMENT_BYTES);
  }
}
