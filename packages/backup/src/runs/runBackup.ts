import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, Random } from "@trellis/base";
import { copyStore } from "@trellis/storage";
import { lockDirectory } from "@trellis/storage/lock";
import { backupErrors } from "../errors.ts";
import type { Lock } from "../repository/Lock.ts";
import type { DatabaseLog, Manifest } from "../repository/Manifest.ts";
import { type FoundStore, filesIn, findParts, SCRATCH } from "../sources/findParts.ts";
import { requireDirectory } from "../sources/requireDirectory.ts";
import { ClusterBackup, type PostgresPorts } from "./ClusterBackup.ts";
import { keepBackup } from "./keepBackup.ts";
import { type PartPorts, PartWriter, type Source } from "./PartWriter.ts";

export interface BackupOptions {
  readonly dataDir: string;
  /** Version of Trellis. */
  readonly release: string;
}

export interface BackupPorts extends PartPorts {
  readonly lock: Lock;
  readonly clock: Clock;
  readonly random: Random;
  /** A cluster to back up as well. */
  readonly postgres?: PostgresPorts;
}

/**
 * Backs up everything in a data directory while its services run, as of one moment, `atMs`. Databases are copied
 * before it and their logs after it; a restore point marks it in the log of a PostgreSQL cluster. Chain stores are
 * copied as of it. All other files only grow or are replaced; they are read with the sizes of that moment.
 * @throws STORE_LOCKED if another backup of the directory runs; BACKUP_SOURCE_CHANGED,
 * BACKUP_SOURCE_UNREADABLE, BACKUP_LOG_GAP, BACKUP_POSTGRES_REFUSED, BACKUP_WAL_MISSING, WAL_FOREIGN,
 * REPOSITORY_LOCKED, REPOSITORY_UNAVAILABLE
 */
export async function runBackup({ dataDir, release }: BackupOptions, ports: BackupPorts): Promise<Manifest> {
  const { repository, clock, random, postgres } = ports;
  requireDirectory(dataDir);
  const scratch = join(dataDir, SCRATCH);
  const scratchLock = await lockDirectory(scratch);
  try {
    const parts = new PartWriter(ports);
    const { stores, files: first } = await findParts(dataDir);
    // Perhaps its disk is not mounted.
    if (stores.length + first.length === 0 && postgres === undefined)
      throw backupErrors.BACKUP_SOURCE_UNREADABLE({ path: dataDir, reason: "the directory is empty" });
    const [databases, chains] = [stores.filter(isDatabase), stores.filter((store) => !isDatabase(store))];
    const logs = new Map<string, DatabaseLog>();
    for (const { name } of databases) logs.set(name, await parts.addDatabase(dataDir, name));
    const context = { parts, archive: repository.wal };
    const cluster = postgres && (await ClusterBackup.copy(dataDir, { ports: postgres, ...context }));
    await cluster?.mark(`trellis-${Buffer.from(random.bytes(8)).toString("hex")}`);
    const atMs = clock.nowMs();
    // All at once: chains of several shards name each other's blocks. [BACKUP-7]
    const copies = await Promise.all(
      chains.map((store, index) => copied(store, dataDir, join(scratch, `store-${index}`))),
    );
    const { files } = await findParts(dataDir);
    for (const [index, copy] of copies.entries()) {
      await parts.add(chains[index]!, copy);
      await rm(copy.root, { recursive: true });
    }
    await parts.add({ name: ".", kind: "files" }, { root: dataDir, files, isWhole: false });
    for (const [name, log] of logs) await parts.addLog(dataDir, name, log);
    await cluster?.finish(ports.signal);
    return await keepBackup({ atMs, release, parts: parts.done }, ports);
  } finally {
    // In this order: after the release, another backup may write there.
    await rm(scratch, { recursive: true, force: true });
    await scratchLock.release();
  }
}

function isDatabase({ kind }: FoundStore): boolean {
  return kind === "pglite";
}

/** Pages keep their places, so that unchanged data has equal chunks in each backup. */
async function copied({ name }: FoundStore, dataDir: string, root: string): Promise<Source> {
  await rm(root, { recursive: true, force: true });
  await mkdir(root, { recursive: true, mode: 0o700 });
  await copyStore(join(dataDir, name), root, { keepsPlaces: true });
  return { root, files: await filesIn(root), isWhole: true };
}
