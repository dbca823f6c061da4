import { backupErrors } from "../errors.ts";
import type { PostgresServer } from "../postgres/PostgresServer.ts";
import type { Manifest } from "../repository/Manifest.ts";
import { CLUSTER_PART } from "./ClusterBackup.ts";

/**
 * Whether the archive lets the cluster be restored to any time since its last full backup.
 * @param newest full backup
 * @throws BACKUP_LOG_GAP, BACKUP_WAL_MISSING, BACKUP_POSTGRES_REFUSED
 */
export async function requireArchiving({ id, parts }: Manifest, server: PostgresServer): Promise<void> {
  const cluster = parts.find((part) => part.cluster !== undefined)?.cluster;
  const { systemId, timeline } = await server.facts();
  if (cluster?.systemId !== systemId || cluster.timeline !== timeline) {
    const reason =
      cluster === undefined ? "not in the last full backup" : `a standby took over: timeline ${timeline}`;
    throw backupErrors.BACKUP_LOG_GAP({ directory: CLUSTER_PART, reason, backup: id });
  }
  const segment = await server.failedSegment();
  if (segment !== undefined) throw backupErrors.BACKUP_WAL_MISSING({ segment, backup: id });
}
