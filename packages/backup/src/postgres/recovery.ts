import { readFileSync } from "node:fs";
import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { backupErrors } from "../errors.ts";
import { absent, writeFlushed } from "../files.ts";
import type { Cluster } from "../repository/Manifest.ts";
import { nameOf, type WalArchive } from "../repository/WalArchive.ts";
import { HISTORY, SEGMENT } from "../wal/walFile.ts";
import { type ReadSegment, segmentName, type WalRecord, walRecords } from "../wal/walRecords.ts";
import { endsAt, type RecoveryTarget, targetText } from "./recoveryTarget.ts";

const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

/**
 * Fetches the log that a cluster needs to recover until the target. Every record until there is read and checked.
 * @returns the record at which recovery ends
 * @throws RESTORE_TIME_UNREACHABLE, REPOSITORY_DAMAGED, REPOSITORY_UNAVAILABLE
 */
export async function fetchLog(
  cluster: Cluster,
  target: RecoveryTarget,
  archive: WalArchive,
  walFolder: string,
): Promise<WalRecord> {
  await mkdir(walFolder, { mode: PRIVATE_FOLDER });
  const files = await archive.files(cluster.systemId);
  const fetch = async (file: string): Promise<void> =>
    writeFlushed(join(walFolder, file), await archive.get(cluster.systemId, file));
  // Recovery begins a timeline with a new number.
  for (const file of files) if (HISTORY.test(file)) await fetch(file);
  return fetchUntil(target, { cluster, files, fetch, read: readingFolder(walFolder) });
}

/**
 * Makes PostgreSQL replay the log when it starts, without archiving.
 * @param settings of the target
 * @param walFolder where the log will be
 */
export async function recoverAtStart(
  directory: string,
  settings: readonly (readonly [string, string])[],
  walFolder: string,
): Promise<void> {
  const lines = [
    ["restore_command", `cp ${shellText(walFolder)}/%f "%p"`],
    ...settings,
    ["recovery_target_inclusive", "on"],
    ["recovery_target_timeline", "current"],
    ["recovery_target_action", "promote"],
    ["archive_mode", "off"],
    ["archive_command", ""],
    ["archive_library", ""],
  ].map(([name, value]) => `${name} = ${settingText(value!)}\n`);
  await appendFile(join(directory, "postgresql.auto.conf"), lines.join(""), {
    mode: PRIVATE_FILE,
    flush: true,
  });
  await writeFlushed(join(directory, "recovery.signal"), new Uint8Array(0));
}

interface Log {
  readonly cluster: Cluster;
  /** Names of all archived files, sorted. */
  readonly files: readonly string[];
  readonly fetch: (file: string) => Promise<void>;
  readonly read: ReadSegment;
}

async function fetchUntil(target: RecoveryTarget, { cluster, files, fetch, read }: Log): Promise<WalRecord> {
  const { systemId, timeline, start, consistentAt, segmentBytes } = cluster;
  const archived = files.filter(
    (file) => SEGMENT.test(file) && file.startsWith(segmentName(timeline, 0).slice(0, 8)),
  );
  const known = new Set(archived);
  const unreachable = (latestMs?: number): Error =>
    backupErrors.RESTORE_TIME_UNREACHABLE({
      target: targetText(target),
      ...(latestMs !== undefined && { latest: new Date(latestMs).toISOString() }),
    });
  let [end, latestMs] = [start, undefined as number | undefined];
  for (let at = start - (start % segmentBytes); ; at += segmentBytes) {
    const segment = segmentName(timeline, at, segmentBytes);
    if (!known.has(segment)) {
      if (segment < (archived.at(-1) ?? "")) throw damaged(nameOf(systemId, segment), "it is missing");
      const broken = segmentName(timeline, end, segmentBytes);
      if (broken < segmentName(timeline, at - segmentBytes, segmentBytes))
        throw damaged(nameOf(systemId, broken), `the log ends at ${end}`);
      throw unreachable(latestMs);
    }
    await fetch(segment);
    for (const record of walRecords(read, timeline, end, segmentBytes)) {
      if (endsAt(target, record)) {
        if (record.lsn < consistentAt) throw unreachable();
        return record;
      }
      end = record.end;
      latestMs = record.commitMs ?? record.restorePoint?.timeMs ?? latestMs;
    }
  }
}

function readingFolder(folder: string): ReadSegment {
  return (name) => {
    try {
      return new Uint8Array(readFileSync(join(folder, name)));
    } catch (error) {
      return absent(error as NodeJS.ErrnoException);
    }
  };
}

/** For a setting that PostgreSQL gives to a shell, after it has replaced `%` sequences. */
function shellText(path: string): string {
  return `'${path.replaceAll("'", `'\\''`).replaceAll("%", "%%")}'`;
}

function settingText(value: string): string {
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

function damaged(object: string, reason: string): Error {
  return backupErrors.REPOSITORY_DAMAGED({ object, reason });
}
