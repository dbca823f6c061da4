import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { backupErrors } from "../errors.ts";
import type { ListedFile } from "../repository/Manifest.ts";
import { type FoundFile, identityOf } from "./findParts.ts";

const PIECE_BYTES = 4 << 20;

interface ReadOptions {
  /**
   * True: until the end of the file. False: the size that was found, because files only grow by appending; a file
   * that was replaced is read until its end.
   */
  readonly isWhole: boolean;
}

/**
 * Reads the contents of files one after another, and appends what it has read to `listed`. Omits files that
 * have gone since they were found.
 * @throws BACKUP_SOURCE_CHANGED if a file has become shorter, or a segment of a log has gone;
 * BACKUP_SOURCE_UNREADABLE
 */
export async function* readFiles(
  root: string,
  files: readonly FoundFile[],
  listed: ListedFile[],
  options: ReadOptions,
): AsyncGenerator<Uint8Array> {
  for (const file of files) {
    const { contents, identity, ...found } = file;
    let bytes: number | undefined = 0;
    if (contents !== undefined) {
      bytes = contents.length;
      yield contents;
    } else if (file.kind === "file") bytes = yield* readFile(join(root, file.path), file, options);
    if (bytes !== undefined) listed.push({ ...found, bytes });
  }
}

/** @returns its size; undefined if the file has gone */
async function* readFile(
  path: string,
  { bytes: expected, identity }: FoundFile,
  { isWhole }: ReadOptions,
): AsyncGenerator<Uint8Array, number | undefined> {
  const handle = await opened(path);
  if (handle === undefined && identity !== undefined) return undefined;
  if (handle === undefined) throw backupErrors.BACKUP_SOURCE_CHANGED({ path, bytes: 0, expected });
  let bytes = 0;
  let readsAll = isWhole;
  try {
    readsAll ||= identity !== undefined && identityOf(await handle.stat()) !== identity;
    for await (const piece of pieces(handle, readsAll ? Number.MAX_SAFE_INTEGER : expected)) {
      bytes += piece.length;
      yield piece;
    }
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    await handle.close();
  }
  if (readsAll || bytes === expected) return bytes;
  throw backupErrors.BACKUP_SOURCE_CHANGED({ path, bytes, expected });
}

async function* pieces(file: FileHandle, bytesMax: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytesMax; ) {
    const piece = new Uint8Array(Math.min(PIECE_BYTES, bytesMax - offset));
    const { bytesRead } = await file.read(piece, 0, piece.length, offset);
    if (bytesRead === 0) return;
    offset += bytesRead;
    yield piece.subarray(0, bytesRead);
  }
}

async function opened(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): Error {
  return backupErrors.BACKUP_SOURCE_UNREADABLE({ path, reason: String(cause) }, cause);
}
