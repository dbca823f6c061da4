import { lstat, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { nearest } from "@trellis/platform/config";
import { backupErrors } from "../errors.ts";
import { absent, flushDirectory } from "../files.ts";
import type { ListedFile, Manifest, ManifestPart } from "../repository/Manifest.ts";
import type { Repository } from "../repository/Repository.ts";
import { endLog } from "./endLog.ts";
import {
  ByteStream,
  inOrder,
  intoPlace,
  listedFiles,
  makeDirectory,
  openPartial,
  rootOf,
  writeFile,
  writing,
} from "./restoreBackup.ts";

const NEAR_MAX = 5;

/** A file or directory of a backup. Extracting reads the contents of its part that precede it. */
export interface FoundPath {
  readonly path: string;
  readonly kind: "file" | "directory";
  readonly bytes: number;
  readonly files: number;
  readonly parts: readonly FoundPart[];
}

/** A file within a part, or undefined if it is outside the path. */
interface FoundFile extends ListedFile {
  /** Relative to the path; empty for the path itself. */
  readonly below: string | undefined;
}

interface FoundPart {
  readonly part: ManifestPart;
  readonly files: readonly FoundFile[];
  /** Number of the files whose contents are read: up to the last one below the path. */
  readonly read: number;
}

/**
 * @param path relative to the data directory; `.` for all of it
 * @throws BACKUP_PATH_UNKNOWN, REPOSITORY_DAMAGED, REPOSITORY_UNAVAILABLE
 */
export async function findPath(backup: Manifest, path: string, repository: Repository): Promise<FoundPath> {
  const parts: FoundPart[] = [];
  const asked = path.replace(/^(\.\/)+|\/+$/g, "") || ".";
  for (const part of inOrder(backup.parts)) {
    if (!mayContain(part, asked)) continue;
    const files = (await listedFiles(part, repository)).map((file) => ({
      ...file,
      below: belowOf(asked, fullPath(part, file.path)),
    }));
    const isWanted =
      files.some(({ below }) => below !== undefined) || belowOf(asked, part.name) !== undefined;
    const read = files.findLastIndex(({ below, bytes }) => below !== undefined && bytes > 0) + 1;
    if (isWanted) parts.push({ part, files, read });
  }
  const wanted = parts.flatMap(({ files }) => files).filter(({ below }) => below !== undefined);
  if (parts.length === 0) throw await unknown(backup, path, repository);
  const isFile = wanted.some(({ below, kind }) => below === "" && kind === "file");
  return {
    path: asked,
    kind: isFile ? "file" : "directory",
    bytes: wanted.reduce((sum, { bytes }) => sum + bytes, 0),
    files: wanted.filter(({ kind }) => kind === "file").length,
    parts,
  };
}

/** Contents of a file. @throws REPOSITORY_DAMAGED, REPOSITORY_UNAVAILABLE */
export async function* readFound({ parts }: FoundPath, repository: Repository): AsyncGenerator<Uint8Array> {
  for (const { part, files, read } of parts) {
    const stream = await ByteStream.open(part, repository);
    for (const { below, bytes } of files.slice(0, read))
      for await (const piece of stream.take(bytes)) if (below === "") yield piece;
  }
}

interface ExtractOptions {
  readonly backup: Manifest;
  readonly found: FoundPath;
  /** Must not exist; a directory may be empty. */
  readonly target: string;
}

interface Ports {
  readonly repository: Repository;
  /** Runs on a complete directory before it gets its name. */
  readonly prepare?: (directory: string) => Promise<void>;
}

/**
 * Writes beside the target and renames at the end. Databases get the state of the backup's time.
 * @throws RESTORE_REFUSED, RESTORE_FAILED, REPOSITORY_DAMAGED, REPOSITORY_UNAVAILABLE
 */
export async function extractFound(
  { backup, found, target }: ExtractOptions,
  { repository, prepare }: Ports,
): Promise<void> {
  if (found.kind === "file") return extractFile(found, target, repository);
  await intoPlace(target, async (partial) => {
    for (const each of found.parts) await extractPart(each, { root: partial, target }, repository);
    for (const { name, log } of backup.parts) {
      const below = belowOf(found.path, name);
      if (log === undefined || below === undefined) continue;
      const times = { targetMs: backup.atMs, completeMs: backup.atMs };
      await writing(target, () => endLog({ directory: join(partial, below), log, ...times }));
    }
    await prepare?.(partial);
  });
}

async function extractFile(found: FoundPath, target: string, repository: Repository): Promise<void> {
  const existing = await writing(target, () => lstat(target).catch(absent));
  if (existing !== undefined) throw backupErrors.RESTORE_REFUSED({ target });
  const partial = await openPartial(target);
  try {
    for (const each of found.parts)
      await extractPart(each, { root: join(partial.data, "file"), target }, repository);
    await writing(target, async () => {
      await rename(join(partial.data, "file"), target);
      await flushDirectory(dirname(target));
    });
  } finally {
    await partial.remove();
  }
}

async function extractPart(
  { part, files, read }: FoundPart,
  { root, target }: { readonly root: string; readonly target: string },
  repository: Repository,
): Promise<void> {
  const stream = await ByteStream.open(part, repository);
  for (const [index, file] of files.entries()) {
    if (file.below === undefined) {
      if (index < read) for await (const _ of stream.take(file.bytes));
      continue;
    }
    const path = join(root, file.below);
    await writing(target, () =>
      file.kind === "directory" ? makeDirectory(path, file.mode) : writeFile(path, file, stream),
    );
  }
}

/** A part of files may have any path; a store or database only those in its directory. */
function mayContain(part: ManifestPart, path: string): boolean {
  if (part.kind === "wal") return belowOf(path, part.name) !== undefined;
  return belowOf(path, part.name) !== undefined || belowOf(part.name, path) !== undefined;
}

function fullPath(part: ManifestPart, path: string): string {
  const root = rootOf(part);
  return root === "." ? path : `${root}/${path}`;
}

/** Undefined if `path` is neither `folder` nor in it. */
function belowOf(folder: string, path: string): string | undefined {
  if (path === folder) return "";
  if (folder === ".") return path;
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined;
}

/** Names in the deepest directory of the path that exists. */
async function unknown(backup: Manifest, path: string, repository: Repository): Promise<Error> {
  const all = new Set<string>();
  for (const part of backup.parts) {
    if (part.name !== ".") all.add(part.name);
    for (const file of await listedFiles(part, repository)) all.add(fullPath(part, file.path));
  }
  let folder = dirname(path);
  while (folder !== "." && folder !== "/" && !all.has(folder)) folder = dirname(folder);
  const names = [...all].flatMap((each) => belowOf(folder === "/" ? "." : folder, each)?.split("/")[0] || []);
  const asked = (belowOf(folder, path) ?? path).split("/")[0]!;
  const closest = nearest(asked, names);
  const others = [...new Set(names)].filter((name) => name !== closest).sort();
  const near = [...(closest === undefined ? [] : [closest]), ...others].slice(0, NEAR_MAX);
  return backupErrors.BACKUP_PATH_UNKNOWN({ backup: backup.id, path, near: near.join(", ") });
}
