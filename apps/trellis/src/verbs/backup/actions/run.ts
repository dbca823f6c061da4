import { resolve } from "node:path";
import {
  type BackupPorts,
  type LogBackupOptions,
  type ManifestPart,
  runBackup,
  runLogBackup,
} from "@trellis/backup";
import { isTrellisError } from "@trellis/base";
import type { ServiceIo } from "@trellis/platform/service";
import { bytesText } from "../../db/bytesText.ts";
import { release } from "../../version/release.ts";
import { factsOf, print } from "../printing.ts";
import { locked, type RepositoryAccess } from "../RepositoryAccess.ts";
import type { BackupSettings } from "../settings.ts";

export async function backUp(
  settings: BackupSettings,
  access: RepositoryAccess,
  io: ServiceIo,
): Promise<void> {
  const options = { dataDir: resolve(settings.dataDir), release: release() };
  const onPart = ({ kind, name, bytes, files }: ManifestPart): void => {
    if (settings.json || kind === "wal") return;
    io.stdout.write(`${kind.padEnd(8)}${bytesText(bytes).padStart(10)}  ${files} files  ${name}\n`);
  };
  const made = await locked(`backup of ${options.dataDir}`, access, io, async (ports) => {
    const base = (await ports.repository.backups()).findLast((backup) => backup.base === undefined)?.id;
    const full = await runBackup(options, { ...ports, onPart });
    if (base !== undefined) await continueLogs({ ...options, base }, ports, io);
    return full;
  });
  print(settings, io, factsOf(made), [`${made.id}: ${bytesText(made.addedBytes)} added`]);
}

/** The former full backup reaches until this one, so that no time is left out. */
async function continueLogs(
  options: LogBackupOptions,
  ports: BackupPorts,
  { log }: ServiceIo,
): Promise<void> {
  try {
    await runLogBackup(options, ports);
  } catch (error) {
    if (!isTrellisError(error, "BACKUP_LOG_GAP")) throw error;
    log.warn("backup.logGap", { directory: String(error.facts.directory) });
  }
}
