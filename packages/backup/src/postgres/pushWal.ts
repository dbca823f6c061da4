import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { backupErrors } from "../errors.ts";
import type { WalArchive } from "../repository/WalArchive.ts";
import { readControlFile } from "../wal/controlFile.ts";
import { systemIdIn } from "../wal/walFile.ts";

/**
 * For `archive_command`.
 * @param path of a file in `pg_wal` of a data directory
 * @throws BACKUP_SOURCE_UNREADABLE, WAL_MALFORMED, WAL_FOREIGN, WAL_CONFLICT, REPOSITORY_DAMAGED,
 * REPOSITORY_UNAVAILABLE
 */
export async function pushWal(path: string, archive: WalArchive): Promise<void> {
  const [file, bytes] = [basename(path), await read(path)];
  await archive.push(file, bytes, systemIdIn(file, bytes) ?? (await systemIdBeside(path)));
}

/** Files without a page header come from the cluster in whose directory they are. */
async function systemIdBeside(path: string): Promise<string> {
  const control = join(dirname(path), "..", "global", "pg_control");
  return readControlFile(await read(control), control).systemId.toString();
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    throw backupErrors.BACKUP_SOURCE_UNREADABLE({ path, reason: String(error) }, error);
  }
}
