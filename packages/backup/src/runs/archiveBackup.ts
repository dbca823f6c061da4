import { backupErrors } from "../errors.ts";
import type { Lock } from "../repository/Lock.ts";
import type { Manifest, ManifestPart } from "../repository/Manifest.ts";
import { idsIn, type Repository, textsOf } from "../repository/Repository.ts";

export interface Archive {
  readonly repository: Repository;
  readonly lock: Lock;
}

/**
 * Copies a backup into another repository, under the same id. The chunks are cut again, because their ends and
 * ids depend on the repository's key. No-op if the archive has the backup already.
 * @throws ARCHIVE_REFUSED, REPOSITORY_DAMAGED, REPOSITORY_LOCKED, REPOSITORY_UNAVAILABLE
 */
export async function archiveBackup(backup: Manifest, source: Repository, archive: Archive): Promise<void> {
  const { repository, lock } = archive;
  if (repository.id === source.id) throw backupErrors.ARCHIVE_REFUSED({ place: repository.place });
  if ((await repository.listed()).includes(backup.id)) return requireComplete(backup.id, repository);
  const parts: ManifestPart[] = [];
  for (const part of backup.parts) parts.push(await copyPart(part, source, repository));
  await repository.keep({ ...backup, parts }, lock.check);
}

async function copyPart(part: ManifestPart, from: Repository, to: Repository): Promise<ManifestPart> {
  const list = await to.write(from.read(idsIn(part.list)));
  const contents = await to.write(from.read(await from.readIds(idsIn(part.contents))));
  if (contents.bytes !== part.bytes) {
    const reason = `${contents.bytes} bytes instead of ${part.bytes}`;
    throw backupErrors.REPOSITORY_DAMAGED({ object: `part ${part.name}`, reason });
  }
  const ids = await to.writeIds(contents.ids);
  return { ...part, list: textsOf(list), contents: textsOf(ids) };
}

async function requireComplete(id: string, repository: Repository): Promise<void> {
  for (const chunk of await repository.idsOf(await repository.backup(id))) {
    if (repository.chunks.has(chunk)) continue;
    const reason = "the archive lacks a chunk of it";
    throw backupErrors.REPOSITORY_DAMAGED({ object: `backup ${id}`, reason });
  }
}
