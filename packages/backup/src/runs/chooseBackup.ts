import { backupErrors } from "../errors.ts";
import type { Manifest } from "../repository/Manifest.ts";

/**
 * The backup from which the databases can be restored as of `targetMs`. How far the log of a PostgreSQL cluster
 * reaches shows when it is restored.
 * @param backups oldest first
 * @throws RESTORE_TIME_UNREACHABLE
 */
export function chooseBackup(backups: readonly Manifest[], targetMs: number): Manifest {
  const full = backups.findLast(({ base, atMs }) => base === undefined && atMs <= targetMs);
  const continued = backups.find(({ base }) => base !== undefined && base === full?.id);
  const has = (key: "cluster" | "log"): boolean =>
    full?.parts.some((part) => part[key] !== undefined) === true;
  const isOpen = has("cluster") && !has("log");
  const found = isOpen || full?.atMs === targetMs ? full : continued;
  if (found === undefined || (!isOpen && found.atMs < targetMs)) {
    const times = backups.map(({ atMs }) => atMs);
    throw backupErrors.RESTORE_TIME_UNREACHABLE({
      target: new Date(targetMs).toISOString(),
      ...(times.length > 0 && {
        earliest: new Date(Math.min(...times)).toISOString(),
        latest: new Date(Math.max(...times)).toISOString(),
      }),
    });
  }
  return found;
}

/** The newest full backup from which a PostgreSQL cluster can be restored to a position. */
export function chooseBackupBefore(backups: readonly Manifest[], lsn: number): Manifest | undefined {
  return backups.findLast(
    ({ base, parts }) =>
      base === undefined && parts.some(({ cluster }) => cluster !== undefined && cluster.consistentAt <= lsn),
  );
}
