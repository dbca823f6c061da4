import { readFileSync } from "node:fs";
import { join } from "node:path";
import { backupErrors } from "../errors.ts";
import type { DatabaseLog } from "../repository/Manifest.ts";
import { type ControlFile, readControlFile } from "../wal/controlFile.ts";
import { findEnd } from "../wal/findEnd.ts";
import { type ReadSegment, SEGMENT_BYTES, segmentName } from "../wal/walRecords.ts";
import { type FoundFile, filesIn } from "./findParts.ts";

const CONTROL_FILE = "global/pg_control";
const LOG_FOLDER = "pg_wal";

export interface DatabaseFiles {
  readonly control: ControlFile;
  readonly files: readonly FoundFile[];
}

/**
 * Files of a running PGlite database, without its log. Recovery starts at the checkpoint of the control file,
 * which is read first, so it replays all changes during the copy and repairs torn pages
 * (`full_page_writes`).
 * @throws BACKUP_SOURCE_UNREADABLE, BACKUP_SOURCE_CHANGED
 */
export async function databaseFiles(directory: string): Promise<DatabaseFiles> {
  const path = join(directory, CONTROL_FILE);
  const contents = readWhole(path);
  if (contents === undefined) throw backupErrors.BACKUP_SOURCE_CHANGED({ path });
  const files = (await filesIn(directory))
    .filter((file) => file.kind === "directory" || !file.path.startsWith(`${LOG_FOLDER}/`))
    .map((file) => (file.path === CONTROL_FILE ? { ...file, contents } : file));
  return { control: readControlFile(contents, path), files };
}

/** Position of the end of a database's log. @throws BACKUP_LOG_GAP if its start is missing */
export function logEnd(directory: string, log: Pick<DatabaseLog, "timeline" | "redo">): number {
  const { end, lastLsn } = findEnd(readingLog(directory), log);
  if (lastLsn !== undefined) return end;
  const segment = segmentName(log.timeline, log.redo);
  throw backupErrors.BACKUP_LOG_GAP({ directory, segment, position: log.redo });
}

/** Where a log that is backed up until `log.end` ends now. */
export function grownEnd(directory: string, { timeline, end: redo }: DatabaseLog): number {
  return findEnd(readingLog(directory), { timeline, redo }).end;
}

/** Segments from `from` to the one before `end`; the last one only as far as `end`. */
export function segmentFiles(timeline: number, from: number, end: number): FoundFile[] {
  const files: FoundFile[] = [];
  for (let at = Math.floor(from / SEGMENT_BYTES) * SEGMENT_BYTES; at < end; at += SEGMENT_BYTES) {
    const bytes = Math.min(SEGMENT_BYTES, end - at);
    const path = `${LOG_FOLDER}/${segmentName(timeline, at)}`;
    files.push({ path, kind: "file", mode: 0o600, bytes, modifiedMs: 0 });
  }
  return files;
}

export function readingLog(directory: string): ReadSegment {
  return (name) => readWhole(join(directory, LOG_FOLDER, name));
}

function readWhole(path: string): Uint8Array | undefined {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw backupErrors.BACKUP_SOURCE_UNREADABLE({ path, reason: String(error) }, error);
  }
}
