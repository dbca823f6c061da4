import { join } from "node:path";
import { isTrellisError } from "@trellis/base";
import { backupErrors } from "../errors.ts";
import type { DatabaseLog, Manifest } from "../repository/Manifest.ts";
import { grownEnd, segmentFiles } from "../sources/databases.ts";
import type { FoundFile } from "../sources/findParts.ts";
import { SEGMENT_BYTES } from "../wal/walRecords.ts";
import { keepBackup } from "./keepBackup.ts";
import { PartWriter } from "./PartWriter.ts";
import { requireArchiving } from "./requireArchiving.ts";
import type { BackupOptions, BackupPorts } from "./runBackup.ts";

export interface LogBackupOptions extends BackupOptions {
  /** Full backup to continue; default: the newest, whose PostgreSQL must still archive its log. */
  readonly base?: string;
}

/**
 * Continues a full backup with what its databases have written since. A restore can return to any time from
 * that backup on.
 * @returns undefined if there is no full backup, or nothing was written
 * @throws BACKUP_LOG_GAP, BACKUP_SOURCE_UNREADABLE, REPOSITORY_LOCKED, REPOSITORY_UNAVAILABLE,
 * BACKUP_POSTGRES_REFUSED, BACKUP_WAL_MISSING
 */
export async function runLogBackup(
  options: LogBackupOptions,
  ports: BackupPorts,
): Promise<Manifest | undefined> {
  const newest = newestBackup(await ports.repository.backups(), options.base);
  if (newest === undefined) return undefined;
  const made = await continueBackup(newest, options, ports);
  if (options.base === undefined && ports.postgres !== undefined)
    await requireArchiving(newest, ports.postgres.server);
  return made;
}

async function continueBackup(
  newest: Manifest,
  { dataDir, release }: BackupOptions,
  ports: BackupPorts,
): Promise<Manifest | undefined> {
  const atMs = ports.clock.nowMs();
  if (atMs < newest.atMs) throw clockBehind(dataDir, atMs, newest);
  const parts = new PartWriter(ports);
  parts.done.push(...newest.parts);
  let hasGrown = false;
  for (const { name, log } of newest.parts) {
    if (log === undefined) continue;
    await requireSameHistory(dataDir, name, log, parts);
    if (grownEnd(join(dataDir, name), log) === log.end) continue;
    hasGrown = true;
    parts.remove(lastSegmentOf(name, log).name);
    await parts.addLog(dataDir, name, log, lastSegmentStart(log));
  }
  if (!hasGrown) return undefined;
  const made = { base: newest.base ?? newest.id, atMs, release, parts: parts.done };
  return keepBackup(made, ports, newest.base === undefined ? undefined : newest.id);
}

/**
 * The newest full backup (or `asked`), with what log backups added to it.
 * @param backups oldest first
 */
export function newestBackup(backups: readonly Manifest[], asked?: string): Manifest | undefined {
  const full = backups.findLast(({ id, base }) => base === undefined && (asked ?? id) === id);
  return backups.find(({ base }) => base !== undefined && base === full?.id) ?? full;
}

/** A restore to a time between would show other data than that time had. */
function clockBehind(directory: string, atMs: number, { atMs: newestMs, id }: Manifest): Error {
  const [now, newest] = [atMs, newestMs].map((ms) => new Date(ms).toISOString());
  return backupErrors.BACKUP_LOG_GAP({
    directory,
    reason: "the clock was set back",
    now,
    newest,
    backup: id,
  });
}

function lastSegmentStart({ end }: DatabaseLog): number {
  return Math.floor((end - 1) / SEGMENT_BYTES) * SEGMENT_BYTES;
}

function lastSegmentOf(name: string, log: DatabaseLog): { readonly name: string; readonly file: FoundFile } {
  const [file] = segmentFiles(log.timeline, lastSegmentStart(log), log.end);
  return { name: `${name}/${file!.path}`, file: file! };
}

/** The last stored segment must be a prefix of the present one: a restored database has another history. */
async function requireSameHistory(
  dataDir: string,
  name: string,
  log: DatabaseLog,
  parts: PartWriter,
): Promise<void> {
  const root = join(dataDir, name);
  const segment = lastSegmentOf(name, log);
  const known = parts.done.find((part) => part.name === segment.name);
  const isSame = await parts
    .store({ name, kind: "wal" }, { root, files: [segment.file], isWhole: false })
    .then(({ contents }) => contents.join() === known?.contents.join())
    .catch((error: unknown) => {
      // The segment is shorter.
      if (isTrellisError(error, "BACKUP_SOURCE_CHANGED")) return false;
      throw error;
    });
  if (isSame) return;
  throw backupErrors.BACKUP_LOG_GAP({ directory: root, segment: segment.file.path, position: log.end });
}
