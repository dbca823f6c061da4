import { segmentsOf } from "../postgres/segmentsOf.ts";
import { keyOf } from "../repository/ChunkStore.ts";
import type { Lock } from "../repository/Lock.ts";
import type { Manifest } from "../repository/Manifest.ts";
import type { Repository } from "../repository/Repository.ts";
import type { WalArchive } from "../repository/WalArchive.ts";
import { type Archive, archiveBackup } from "./archiveBackup.ts";
import { keptBackups, type Retention } from "./retention.ts";

export interface PruneReport {
  readonly kept: readonly string[];
  readonly removed: readonly string[];
}

interface Ports {
  readonly repository: Repository;
  readonly lock: Lock;
  /** Gets a copy of each backup before it is removed. */
  readonly archive?: Archive;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Removes the backups that the policy does not keep, and the chunks that no other backup has.
 * @throws REPOSITORY_DAMAGED, REPOSITORY_LOCKED, REPOSITORY_UNAVAILABLE, ARCHIVE_REFUSED
 */
export async function pruneBackups(
  policy: Retention,
  { repository, lock, archive, signal }: Ports,
): Promise<PruneReport> {
  const backups = await repository.backups();
  const full = keptBackups(
    backups.filter(({ base }) => base === undefined),
    policy,
  );
  const isKept = ({ id, base }: Manifest): boolean => full.has(base ?? id);
  const [kept, leaving] = [backups.filter(isKept), backups.filter((backup) => !isKept(backup))];
  const live = new Set<string>();
  for (const backup of kept) for (const id of await repository.idsOf(backup)) live.add(keyOf(id));
  const check = (): void => {
    signal?.throwIfAborted();
    lock.check();
  };
  if (archive !== undefined)
    for (const backup of leaving) {
      check();
      await archiveBackup(backup, repository, archive);
    }
  const removed = leaving.map(({ id }) => id);
  check();
  await repository.forget(new Set(removed), live, check);
  await pruneLog(kept, repository.wal);
  return { kept: kept.map(({ id }) => id), removed };
}

/** Without a backup of the cluster, the log may belong to a backup that is being made. */
async function pruneLog(kept: readonly Manifest[], wal: WalArchive): Promise<void> {
  const clusters = kept.flatMap(({ parts }) => parts.flatMap(({ cluster }) => cluster ?? []));
  const [oldest] = clusters.toSorted((a, b) => a.start - b.start);
  if (oldest !== undefined) await wal.deleteBefore(oldest.systemId, segmentsOf(oldest)[0]!);
}
