import { isAbsolute } from "node:path";
import {
  type BackupPorts,
  type LogBackupOptions,
  type Manifest,
  runBackup,
  runLogBackup,
} from "@trellis/backup";
import { isTrellisError, type Log } from "@trellis/base";
import { requireOutside } from "../../db/requireOutside.ts";

/** Also continues the former full backup until this one, so that no time is left out. */
export async function makeFullBackup(
  options: Omit<LogBackupOptions, "base">,
  ports: BackupPorts,
  log: Log,
): Promise<Manifest> {
  const { place } = ports.repository;
  // Not in S3.
  if (isAbsolute(place)) await requireOutside("backup repository", place, options.dataDir);
  const base = (await ports.repository.backups()).findLast((backup) => backup.base === undefined)?.id;
  const full = await runBackup(options, ports);
  if (base !== undefined) await continueLogs({ ...options, base }, ports, log);
  return full;
}

async function continueLogs(options: LogBackupOptions, ports: BackupPorts, log: Log): Promise<void> {
  try {
    await runLogBackup(options, ports);
  } catch (error) {
    if (!isTrellisError(error, "BACKUP_LOG_GAP")) throw error;
    log.warn("backup.logGap", { directory: String(error.facts.directory) });
  }
}
