import { existsSync } from "node:fs";
import { access, constants, open as openFile } from "node:fs/promises";
import { join } from "node:path";
import { isTrellisError } from "@trellis/base";
import { open } from "lmdb";
import { storageErrors } from "../errors.ts";
import { checkLmdbFile } from "./checkLmdbFile.ts";
import { copyRocksFiles } from "./copyRocksFiles.ts";
import { makeDirectory } from "./makeDirectory.ts";
import { STORE_FILE } from "./openLmdbStore.ts";
import { STORE_FOLDER } from "./openRocksStore.ts";
import { openStore, storeKindIn } from "./openStore.ts";
import { storeUnavailable } from "./storeUnavailable.ts";

interface CopyOptions {
  /** LMDB only: keeps page positions, so that copies differ only where the data does. False: compacts. */
  readonly keepsPlaces?: boolean;
}

/**
 * Another process may have the store open; this process must use `backup` for its own stores. [STORE-9]
 * @throws STORE_CORRUPT, STORE_UNAVAILABLE
 */
export async function copyStore(
  directory: string,
  copy: string,
  { keepsPlaces = false }: CopyOptions = {},
): Promise<void> {
  const kind = storeKindIn(directory);
  if (kind === undefined) {
    throw storageErrors.STORE_UNAVAILABLE({ directory, reason: "there is no store" });
  }
  await (kind === "lmdb" ? copyLmdbStore(directory, copy, !keepsPlaces) : copyRocksStore(directory, copy));
}

/** Opening proves that the copy is complete, and replays the logs of the source. */
async function copyRocksStore(directory: string, copy: string): Promise<void> {
  try {
    makeDirectory(copy);
    await copyRocksFiles(join(directory, STORE_FOLDER), join(copy, STORE_FOLDER));
  } catch (cause) {
    throw storeUnavailable(directory, cause);
  }
  await (await openStore(copy, "rocksdb")).close();
}

/** LMDB allows readers in other processes. Pages that the writer frees are not reused until the copy ends. */
async function copyLmdbStore(directory: string, copy: string, isCompact: boolean): Promise<void> {
  const file = join(directory, STORE_FILE);
  const copied = join(copy, STORE_FILE);
  try {
    checkLmdbFile(file);
    await requireReaderTable(directory);
    makeDirectory(copy);
    const database = open({ path: file, readOnly: true });
    try {
      await database.backup(copied, isCompact);
    } finally {
      await database.close();
    }
    await writeOut(copied);
  } catch (cause) {
    if (isTrellisError(cause)) throw cause;
    throw storageErrors.STORE_UNAVAILABLE({ directory, copy }, cause);
  }
}

/** Without write access, LMDB would not register the reader, and the writer would reuse its pages. */
async function requireReaderTable(directory: string): Promise<void> {
  const table = join(directory, `${STORE_FILE}-lock`);
  try {
    await access(existsSync(table) ? table : directory, constants.W_OK);
  } catch (cause) {
    const reason = `${table} may not be written: copy as the user who owns the data`;
    throw storageErrors.STORE_UNAVAILABLE({ directory, reason, isForbidden: true }, cause);
  }
}

async function writeOut(path: string): Promise<void> {
  const file = await openFile(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
