import { join } from "node:path";
import { backupErrors } from "../errors.ts";
import type { Manifest, ManifestPart } from "../repository/Manifest.ts";
import { logEnd, segmentFiles } from "../sources/databases.ts";
import { SEGMENT_BYTES } from "../wal/walRecords.ts";
import { PartWriter } from "./PartWriter.ts";
import { type BackupOptions, type BackupPorts, backupId, keepBackup } from "./runBackup.ts";

export interface LogBackupOptions extends BackupOptions {
  /** Full backup to continue; default: the newest. */
  readonly base?: string;
}

/**
 * Continues a full backup with what its databases have written since. A restore can return to any time from
 * that backup on.
 * @returns undefined if there is no full backup, or nothing was written
 * @throws BACKUP_LOG_GAP, BACKUP_SOURCE_UNREADABLE, REPOSITORY_LOCKED, REPOSITORY_UNAVAILABLE
 */
export async function runLogBackup(
  { dataDir, release, base: asked }: LogBackupOptions,
  ports: BackupPorts,
): Promise<Manifest | undefined> {
  const { repository, clock, random } = ports;
  const newest = newestOf(await repository.backups(), asked);
  if (newest === undefined) return undefined;
  const atMs = clock.nowMs();
  const grown = newest.parts.filter(
    ({ name, log }) => log !== undefined && hasGrown(join(dataDir, name), log),
  );
  if (grown.length === 0) return undefined;
  const parts = new PartWriter(ports);
  parts.done.push(...newest.parts);
  for (const part of grown) await continueLog(dataDir, part, parts);
  await repository.chunks.flush();
  const base = newest.base ?? newest.id;
  const made = { id: backupId(atMs, random), base, atMs, release, parts: parts.done };
  return keepBackup(made, ports, newest.base === undefined ? undefined : newest.id);
}

function newestOf(backups: readonly Manifest[], asked: string | undefined): Manifest | undefined {
  const full = backups.findLast(({ id, base }) => base === undefined && (asked ?? id) === id);
  return backups.find(({ base }) => base !== undefined && base === full?.id) ?? full;
}

function hasGrown(directory: string, log: NonNullable<ManifestPart["log"]>): boolean {
  return logEnd(directory, { ...log, redo: lastSegment(log.end) }) > log.end;
}

function lastSegment(end: number): number {
  return Math.floor((end - 1) / SEGMENT_BYTES) * SEGMENT_BYTES;
}

/** The last stored segment must be a prefix of the present one: a restored database has another history. */
async function continueLog(dataDir: string, { name, log }: ManifestPart, parts: PartWriter): Promise<void> {
  const root = join(dataDir, name);
  const [file] = segmentFiles(log!.timeline, lastSegment(log!.end), log!.end);
  const known = parts.done.find((part) => part.name === `${name}/${file!.path}`);
  const again = await parts.store({ name, kind: "wal" }, { root, files: [file!], isWhole: false });
  if (again.contents.join() !== known?.contents.join())
    throw backupErrors.BACKUP_LOG_GAP({ directory: root, segment: file!.path, position: log!.end });
  parts.remove(known.name);
  await parts.addLog(dataDir, name, log!, lastSegment(log!.end));
}
