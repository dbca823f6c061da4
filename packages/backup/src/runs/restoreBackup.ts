import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { backupErrors } from "../errors.ts";
import { fetchLog, recoverAtStart } from "../postgres/recovery.ts";
import { type RecoveryTarget, recoverySettings, targetText } from "../postgres/recoveryTarget.ts";
import { bytesOf, type Manifest } from "../repository/Manifest.ts";
import type { Repository } from "../repository/Repository.ts";
import type { WalArchive } from "../repository/WalArchive.ts";
import { WAL_FOLDER } from "./ClusterBackup.ts";
import { endLog } from "./endLog.ts";
import { intoPlace } from "./intoPlace.ts";
import { contentsOf, inOrder, listedFiles, rootOf } from "./readPart.ts";
import { writePart } from "./writePart.ts";

interface RestoreOptions {
  readonly backup: Manifest;
  /** Time of the databases' state; default: that of the backup. ms since the Unix epoch */
  readonly targetMs?: number;
  /** State of a PostgreSQL cluster; default: `targetMs`, or the restore point of the backup. */
  readonly recovery?: RecoveryTarget;
  /** Must not exist, or be empty. */
  readonly target: string;
}

interface Ports {
  readonly repository: Repository;
  /** Runs on the complete data before it gets its name. */
  readonly prove?: (directory: string) => Promise<void>;
  readonly onBytes?: (restored: number, total: number) => void;
}

/**
 * Writes beside the target and renames at the end: the target is complete or untouched.
 * @throws RESTORE_REFUSED, RESTORE_FAILED, RESTORE_TIME_UNREACHABLE, REPOSITORY_DAMAGED,
 * REPOSITORY_UNAVAILABLE, and the errors of `prove`
 */
export async function restoreBackup(options: RestoreOptions, ports: Ports): Promise<void> {
  const { backup, target, targetMs = backup.atMs } = options;
  const { repository, prove, onBytes = () => {} } = ports;
  requireCluster(options);
  const total = bytesOf(backup);
  let restored = 0;
  const fill = async (partial: string): Promise<void> => {
    const recoveries = await fetchLogs(options, partial, repository.wal);
    for (const part of inOrder(backup.parts)) {
      const root = join(partial, rootOf(part));
      const files = await listedFiles(part, repository);
      const placed = files.map((file) => ({ ...file, place: join(root, file.path) }));
      await mkdir(root, { recursive: true, mode: 0o700 });
      await writePart(placed, await contentsOf(part, repository), (bytes) => {
        restored += bytes;
        onBytes(restored, total);
      });
    }
    for (const { name, log } of backup.parts)
      if (log !== undefined)
        await endLog({ directory: join(partial, name), log, targetMs, completeMs: backup.atMs });
    for (const { name, settings } of recoveries)
      await recoverAtStart(join(partial, name), settings, join(target, WAL_FOLDER));
  };
  await intoPlace(target, "directory", { fill, prove });
}

interface ClusterRecovery {
  /** Of the part. */
  readonly name: string;
  readonly settings: readonly (readonly [string, string])[];
}

function requireCluster({ backup, recovery }: RestoreOptions): void {
  if (recovery === undefined || recovery.kind === "time") return;
  if (backup.parts.some(({ cluster }) => cluster !== undefined)) return;
  const reason = `backup ${backup.id} has no PostgreSQL`;
  throw backupErrors.RESTORE_TIME_UNREACHABLE({ target: targetText(recovery), reason });
}

/** Before anything else is restored, because the target may be out of reach. */
async function fetchLogs(
  { backup, targetMs, recovery }: RestoreOptions,
  partial: string,
  archive: WalArchive,
): Promise<ClusterRecovery[]> {
  const asked = recovery ?? (targetMs === undefined ? undefined : ({ kind: "time", ms: targetMs } as const));
  const recoveries: ClusterRecovery[] = [];
  for (const { name, cluster } of backup.parts) {
    if (cluster === undefined) continue;
    const until = asked ?? ({ kind: "name", name: cluster.restorePoint.name } as const);
    const last = await fetchLog(cluster, until, archive, join(partial, WAL_FOLDER));
    recoveries.push({ name, settings: recoverySettings(until, last) });
  }
  return recoveries;
}
