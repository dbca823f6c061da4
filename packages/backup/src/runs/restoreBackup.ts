import { createWriteStream } from "node:fs";
import { chmod, lstat, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { isTrellisError } from "@trellis/base";
import { lockDirectory } from "@trellis/storage/lock";
import { backupErrors } from "../errors.ts";
import { absent, flushDirectory } from "../files.ts";
import { fetchLog, recoverAtStart } from "../postgres/recovery.ts";
import { type RecoveryTarget, recoverySettings, targetText } from "../postgres/recoveryTarget.ts";
import { jsonIn } from "../repository/jsonIn.ts";
import { fileList, type ListedFile, type Manifest, type ManifestPart } from "../repository/Manifest.ts";
import { idsIn, type Repository } from "../repository/Repository.ts";
import type { WalArchive } from "../repository/WalArchive.ts";
import { WAL_FOLDER } from "./ClusterBackup.ts";
import { endLog } from "./endLog.ts";

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
  const total = backup.parts.reduce((sum, { bytes }) => sum + bytes, 0);
  let restored = 0;
  await intoPlace(target, async (partial) => {
    const recoveries = await fetchLogs(options, partial, repository.wal);
    for (const part of inOrder(backup.parts)) {
      const place = { root: join(partial, rootOf(part)), target };
      await restorePart(part, place, repository, (bytes) => {
        restored += bytes;
        onBytes(restored, total);
      });
    }
    for (const { name, log } of backup.parts) {
      if (log === undefined) continue;
      const directory = join(partial, name);
      await writing(target, () => endLog({ directory, log, targetMs, completeMs: backup.atMs }));
    }
    for (const { name, settings } of recoveries)
      await writing(target, () => recoverAtStart(join(partial, name), settings, join(target, WAL_FOLDER)));
    await prove?.(partial);
  });
}

/** Directory to which the paths of a part's files are relative. A segment's is that of its database. */
export function rootOf({ kind, name }: ManifestPart): string {
  return kind === "wal" ? dirname(dirname(name)) : name;
}

/** @param fill writes into a directory beside the target, which then gets its name */
export async function intoPlace(target: string, fill: (partial: string) => Promise<void>): Promise<void> {
  await requireEmpty(target);
  const partial = await openPartial(target);
  try {
    await fill(partial.data);
    await writing(target, async () => {
      await flushTree(partial.data);
      await rm(target, { recursive: true, force: true });
      await rename(partial.data, target);
      await flushDirectory(dirname(target));
    });
  } finally {
    await partial.remove();
  }
}

export interface Partial {
  /** Empty. */
  readonly data: string;
  remove(): Promise<void>;
}

/**
 * A directory beside the target, without what a killed restore left there.
 * @throws RESTORE_REFUSED if another restore uses it; RESTORE_FAILED
 */
export async function openPartial(target: string): Promise<Partial> {
  const folder = join(dirname(target), `.${basename(target)}.partial`);
  const data = join(folder, "data");
  const lock = await writing(target, () => lockDirectory(folder)).catch((error: unknown) => {
    if (!isTrellisError(error, "STORE_LOCKED")) throw failed(target, error);
    throw backupErrors.RESTORE_REFUSED({ target, reason: "another restore writes it", pid: error.facts.pid });
  });
  const remove = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
    await lock.release();
  };
  try {
    await writing(target, async () => {
      await rm(data, { recursive: true, force: true });
      await mkdir(data, { mode: 0o700 });
    });
    return { data, remove };
  } catch (error) {
    await remove();
    throw error;
  }
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
  { backup, target, targetMs, recovery }: RestoreOptions,
  partial: string,
  archive: WalArchive,
): Promise<ClusterRecovery[]> {
  const asked = recovery ?? (targetMs === undefined ? undefined : ({ kind: "time", ms: targetMs } as const));
  const recoveries: ClusterRecovery[] = [];
  for (const { name, cluster } of backup.parts) {
    if (cluster === undefined) continue;
    const until = asked ?? ({ kind: "name", name: cluster.restorePoint.name } as const);
    const last = await writing(target, () => fetchLog(cluster, until, archive, join(partial, WAL_FOLDER)));
    recoveries.push({ name, settings: recoverySettings(until, last) });
  }
  return recoveries;
}

/** Folders before what is in them. */
export function inOrder(parts: readonly ManifestPart[]): ManifestPart[] {
  const rank = ({ kind }: ManifestPart): number => (kind === "files" ? 0 : kind === "wal" ? 2 : 1);
  return parts.toSorted((a, b) => rank(a) - rank(b));
}

async function requireEmpty(target: string): Promise<void> {
  const refused = (reason: string): Error => backupErrors.RESTORE_REFUSED({ target, reason });
  await writing(target, async () => {
    const own = await lstat(target).catch(absent);
    if (own === undefined) return;
    if (own.isSymbolicLink()) throw refused("it is a symbolic link");
    if (!own.isDirectory()) throw refused("it is a file");
    const [found] = await readdir(target);
    if (found !== undefined) throw refused(`it contains ${found}`);
    // It cannot be replaced by a rename.
    if (own.dev !== (await stat(dirname(target))).dev)
      throw refused("it is a mount point: choose a path in it");
  });
}

interface Place {
  readonly root: string;
  readonly target: string;
}

/** @throws REPOSITORY_DAMAGED, REPOSITORY_UNAVAILABLE */
export async function listedFiles(part: ManifestPart, repository: Repository): Promise<ListedFile[]> {
  const object = `list of files of ${part.name}`;
  return jsonIn(fileList, object, await repository.readWhole(idsIn(part.list)));
}

async function restorePart(
  part: ManifestPart,
  { root, target }: Place,
  repository: Repository,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const files = await listedFiles(part, repository);
  const stream = await ByteStream.open(part, repository);
  await writing(target, () => mkdir(root, { recursive: true, mode: 0o700 }));
  for (const file of files) {
    const path = join(root, file.path);
    if (file.kind === "directory") await writing(target, () => makeDirectory(path, file.mode));
    else await writing(target, () => writeFile(path, file, stream, onBytes));
  }
  await stream.finish();
}

export async function makeDirectory(path: string, mode: number): Promise<void> {
  // The owner must be able to write the files in it.
  await mkdir(path, { recursive: true });
  await chmod(path, mode | 0o700);
}

export async function writeFile(
  path: string,
  file: ListedFile,
  stream: ByteStream,
  onBytes: (bytes: number) => void = () => {},
): Promise<void> {
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    for await (const piece of stream.take(file.bytes)) {
      onBytes(piece.length);
      yield piece;
    }
  };
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await pipeline(
    Readable.from(pieces()),
    createWriteStream(path, { flags: "wx", mode: file.mode, flush: true }),
  );
  // The umask has no say in it.
  await chmod(path, file.mode);
}

/** Splits the chunks of a part into files. */
export class ByteStream {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #part: ManifestPart;
  #rest: Uint8Array = new Uint8Array(0);

  private constructor(chunks: AsyncIterable<Uint8Array>, part: ManifestPart) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#part = part;
  }

  static async open(part: ManifestPart, repository: Repository): Promise<ByteStream> {
    return new ByteStream(repository.read(await repository.readIds(idsIn(part.contents))), part);
  }

  async *take(bytes: number): AsyncGenerator<Uint8Array> {
    for (let left = bytes; left > 0; ) {
      if (this.#rest.length === 0) this.#rest = await this.#next();
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  async finish(): Promise<void> {
    const { done } = await this.#chunks.next();
    if (this.#rest.length > 0 || done !== true) throw this.#damaged("it has more contents than files");
  }

  async #next(): Promise<Uint8Array> {
    const { value, done } = await this.#chunks.next();
    if (done === true) throw this.#damaged("its contents end too early");
    return value;
  }

  #damaged(reason: string): Error {
    return backupErrors.REPOSITORY_DAMAGED({ object: `part ${this.#part.name}`, reason });
  }
}

async function flushTree(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true }))
    if (entry.isDirectory()) await flushTree(join(directory, entry.name));
  await flushDirectory(directory);
}

export async function writing<T>(target: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw isTrellisError(error) ? error : failed(target, error);
  }
}

function failed(target: string, error: unknown): Error {
  const reason = isTrellisError(error) ? error.facts.reason : undefined;
  return backupErrors.RESTORE_FAILED({ target, reason: String(reason ?? error) }, error);
}
