import { isTrellisError } from "@trellis/base";
import { backupErrors } from "../errors.ts";
import { verifyArchive } from "../postgres/verifyArchive.ts";
import type { BlobStore } from "../repository/BlobStore.ts";
import { jsonIn } from "../repository/jsonIn.ts";
import { lockFile } from "../repository/Lock.ts";
import type { Manifest } from "../repository/Manifest.ts";
import type { Problem } from "../repository/Problem.ts";
import { idsIn, type Repository } from "../repository/Repository.ts";
import { WAL_FILE } from "../wal/walFile.ts";
import { listedFiles } from "./readPart.ts";

export interface VerifyReport {
  readonly backups: number;
  readonly packs: number;
  readonly chunks: number;
  readonly bytes: number;
  readonly problems: readonly Problem[];
}

interface Ports {
  readonly store: BlobStore;
  readonly repository: Repository;
}

/** Reads and checks everything in the repository. */
export async function verifyRepository(ports: Ports): Promise<VerifyReport> {
  const { store, repository } = ports;
  const problems: Problem[] = [];
  const collect = async (backups: readonly string[], check: () => Promise<unknown>): Promise<void> => {
    try {
      await check();
    } catch (error) {
      if (!isTrellisError(error, "REPOSITORY_DAMAGED")) throw error;
      problems.push({ object: String(error.facts.object), reason: String(error.facts.reason), backups });
    }
  };
  const packs = repository.chunks.packs();
  let [chunks, bytes] = [0, 0];
  for (const [name, pack] of packs) {
    chunks += pack.chunks.length;
    for (const { length } of pack.chunks) bytes += length;
    await collect([], () => repository.chunks.verify(name));
  }
  const ids = await repository.listed();
  const backups: Manifest[] = [];
  for (const id of ids)
    await collect([id], async () => {
      const backup = await repository.backup(id);
      backups.push(backup);
      await verifyBackup(backup, repository);
    });
  problems.push(...(await verifyArchive(backups, { store, archive: repository.wal })));
  for await (const name of store.list("")) {
    const reason = await strangeness(name, ports);
    if (reason !== undefined) problems.push({ object: name, reason, backups: [] });
  }
  return { backups: ids.length, packs: packs.size, chunks, bytes, problems };
}

/** Chunks that were read before are not read again, because backups share most. @throws REPOSITORY_DAMAGED */
export async function verifyBackup(backup: Manifest, repository: Repository): Promise<void> {
  for (const part of backup.parts) {
    await listedFiles(part, repository);
    let bytes = 0;
    for (const id of await repository.readIds(idsIn(part.contents)))
      bytes += await repository.chunks.sizeOf(id);
    if (bytes === part.bytes) continue;
    const reason = `${bytes} bytes instead of ${part.bytes}`;
    throw backupErrors.REPOSITORY_DAMAGED({ object: `part ${part.name} of ${backup.id}`, reason });
  }
}

export const UNKNOWN = "unknown object";
const KNOWN = /^(repository\.json|catalog|indexes\/[0-9a-f]{64}|backups\/[0-9A-Z]+-[0-9a-f]{8})$/;

/** Undefined if the blob can be in a repository. A killed run leaves manifests and packs that nothing lists. */
async function strangeness(name: string, { store, repository }: Ports): Promise<string | undefined> {
  const [, , file = ""] = name.split("/");
  if (name === "wal/cluster" || (/^wal\/\d+\/[^/]+$/.test(name) && WAL_FILE.test(file))) return undefined;
  if (KNOWN.test(name) || repository.chunks.packs().has(name)) return undefined;
  if (name.startsWith("packs/") && (await repository.chunks.unlisted(name)) !== undefined) return undefined;
  if (!name.startsWith("locks/")) return UNKNOWN;
  const bytes = await store.get(name);
  try {
    if (bytes !== undefined) jsonIn(lockFile, name, bytes);
    return undefined;
  } catch {
    return "malformed lock";
  }
}
