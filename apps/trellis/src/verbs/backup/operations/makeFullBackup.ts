import { realpath } from "node:fs/promises";
import { isAbsolute, relative, sep } from "node:path";
import {
  type BackupPorts,
  type LogBackupOptions,
  type Manifest,
  runBackup,
  runLogBackup,
} from "@trellis/backup";
import { isTrellisError, type Log } from "@trellis/base";
import { trellisErrors } from "../../../errors.ts";

/** Also continues the former full backup until this one, so that no time is left out. */
export async function makeFullBackup(
  options: Omit<LogBackupOptions, "base">,
  ports: BackupPorts,
  log: Log,
): Promise<Manifest> {
  await requireOutside(ports.repository.place, options.dataDir);
  const base = (await ports.repository.backups()).findLast((backup) => backup.base === undefined)?.id;
  const full = await runBackup(options, ports);
  if (base !== undefined) await continueLogs({ ...options, base }, ports, log);
  return full;
}

/** A repository inside the data directory would be lost with it, and back up itself. */
async function requireOutside(place: string, dataDir: string): Promise<void> {
  if (!isAbsolute(place)) return;
  const way = relative(await realpath(dataDir).catch(() => dataDir), await realpath(place));
  if (way === ".." || way.startsWith(`..${sep}`)) return;
  const reason = "it is inside the data directory: move it elsewhere, best to another disk";
  throw trellisErrors.FILE_UNWRITABLE({ what: "backup repository", directory: place, reason });
}

async function continueLogs(options: LogBackupOptions, ports: BackupPorts, log: Log): Promise<void> {
  try {
    await runLogBackup(options, ports);
  } catch (error) {
    if (!isTrellisError(error, "BACKUP_LOG_GAP")) throw error;
    log.warn("backup.logGap", { directory: String(error.facts.directory) });
  }
}
