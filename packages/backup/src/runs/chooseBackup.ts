import { backupErrors } from "../errors.ts";
import type { Manifest } from "../repository/Manifest.ts";

/**
 * The backup from which the databases can be restored as of `targetMs`.
 * @param backups oldest first
 * @throws RESTORE_TIME_UNREACHABLE
 */
export function chooseBackup(backups: readonly Manifest[], targetMs: number): Manifest {
  const full = backups.findLast(({ base, atMs }) => base === undefined && atMs <= targetMs);
  const continued = backups.find(({ base }) => base !== undefined && base === full?.id);
  const found = full?.atMs === targetMs ? full : continued;
  if (found === undefined || found.atMs < targetMs) {
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
