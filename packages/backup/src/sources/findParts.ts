import type { Dirent, Stats } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { storeKindIn } from "@trellis/storage";
import { backupErrors } from "../errors.ts";

/** A directory whose files only make sense together. */
export interface FoundStore {
  /** Relative to the data directory. */
  readonly name: string;
  readonly kind: "lmdb" | "rocksdb" | "pglite";
}

export interface FoundFile {
  /** Relative to the directory that was searched. */
  readonly path: string;
  readonly kind: "file" | "directory";
  readonly mode: number;
  readonly bytes: number;
  readonly modifiedMs: number;
  /** Changes if the file is replaced, but not if it grows. */
  readonly identity?: string;
  /** Read already. */
  readonly contents?: Uint8Array;
}

export interface FoundParts {
  readonly stores: readonly FoundStore[];
  /** Everything outside the stores, with the sizes at this moment. */
  readonly files: readonly FoundFile[];
}

/** Directory of running backups, in the data directory. */
export const SCRATCH = ".backup";
/** Belong to running processes. */
const OMITTED: ReadonlySet<string> = new Set([
  SCRATCH,
  "lock",
  "lock-journal",
  "lock.pid",
  "postmaster.pid",
  "store.lmdb-lock",
]);

/** Stands for bytes that are not UTF-8. Such a file would not be found again. */
const REPLACEMENT = "\uFFFD";

/** Links are followed. Sockets and locks are omitted. @throws BACKUP_SOURCE_UNREADABLE */
export async function findParts(dataDir: string): Promise<FoundParts> {
  const stores: FoundStore[] = [];
  const files: FoundFile[] = [];
  for await (const found of walk(dataDir, "", new Set())) {
    if ("modifiedMs" in found) files.push(found);
    else stores.push(found);
  }
  return { stores, files };
}

/** All files below `directory`, without detecting stores in it. */
export async function filesIn(directory: string): Promise<FoundFile[]> {
  const files: FoundFile[] = [];
  for await (const found of walk(directory, "", new Set(), false)) {
    if ("modifiedMs" in found) files.push(found);
  }
  return files;
}

async function* walk(
  root: string,
  folder: string,
  seen: Set<string>,
  detectsStores = true,
): AsyncGenerator<FoundFile | FoundStore> {
  const directory = join(root, folder);
  const kind = detectsStores ? await storeIn(directory) : undefined;
  if (kind !== undefined) {
    yield { name: folder || ".", kind };
    return;
  }
  const real = await readable(() => realpath(directory), directory);
  // A link to one of its own parents would never end.
  if (real === undefined || seen.has(real)) return;
  const within = new Set([...seen, real]);
  const entries = (await readable(() => readdir(directory, { withFileTypes: true }), directory)) ?? [];
  for (const { name } of entries.sort(byName)) {
    if (OMITTED.has(name)) continue;
    const path = folder === "" ? name : `${folder}/${name}`;
    if (name.includes(REPLACEMENT)) throw unreadable(join(root, path), "its name is not UTF-8");
    const found = await readable(() => stat(join(root, path)), join(root, path));
    if (found === undefined || !(found.isFile() || found.isDirectory())) continue;
    const { mode, size, mtimeMs: modifiedMs } = found;
    const isFile = found.isFile();
    yield {
      path,
      kind: isFile ? "file" : "directory",
      mode: mode & 0o777,
      bytes: isFile ? size : 0,
      modifiedMs,
      ...(isFile && { identity: identityOf(found) }),
    };
    if (!isFile) yield* walk(root, path, within, detectsStores);
  }
}

/** A file system may reuse the inode of a replaced file. */
export function identityOf({ ino, birthtimeMs }: Stats): string {
  return `${ino} ${birthtimeMs}`;
}

async function storeIn(directory: string): Promise<FoundStore["kind"] | undefined> {
  const isPglite = await readable(() => stat(join(directory, "PG_VERSION")), directory);
  return isPglite?.isFile() === true ? "pglite" : storeKindIn(directory);
}

/** Undefined if the file has gone meanwhile. */
async function readable<T>(read: () => Promise<T>, path: string): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unreadable(path, String(error), error);
  }
}

function unreadable(path: string, reason: string, cause?: unknown): Error {
  return backupErrors.BACKUP_SOURCE_UNREADABLE({ path, reason }, cause);
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1;
}
