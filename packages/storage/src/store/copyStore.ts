import { existsSync } from "node:fs";
import { access, constants, open as openFile } from "node:fs/promises";
import { join } from "node:path";
import { isTrellisError } from "@trellis/base";
import { open } from "lmdb";
import { storageErrors } from "../errors.ts";
import { checkLmdbFile } from "./checkLmdbFile.ts";
import { makeDirectory } from "./makeDirectory.ts";
import { STORE_FILE } from "./openLmdbStore.ts";
import { openStore, storeKindIn } from "./openStore.ts";

/**
 * Copies a store into another directory, made if need be, as it was at one moment and without its gaps. The copy is on
 * the disk when this resolves. Not for a process that has the store open itself: that has `backup`. [STORE-9]
 * @throws STORE_LOCKED, STORE_FORBIDDEN, STORE_CORRUPT, STORE_UNAVAILABLE
 */
export async function copyStore(directory: string, copy: string): Promise<void> {
  const kind = storeKindIn(directory);
  if (kind === undefined) {
    throw storageErrors.STORE_UNAVAILABLE({ directory, reason: "there is no store" });
  }
  await (kind === "lmdb" ? copyLmdbStore(directory, copy) : copyRocksStore(directory, copy));
}

/** RocksDB's binding has no reads beside another process: the store is locked meanwhile. */
async function copyRocksStore(directory: string, copy: string): Promise<void> {
  const store = await openStore(directory, "rocksdb");
  try {
    await store.backup(copy);
  } finally {
    await store.close();
  }
}

/**
 * Another process may work on the store meanwhile: LMDB lets other processes read beside the one that writes, so the
 * directory's lock is not taken. What that process frees takes space until the copy is done.
 */
async function copyLmdbStore(directory: string, copy: string): Promise<void> {
  const file = join(directory, STORE_FILE);
  const copied = join(copy, STORE_FILE);
  try {
    checkLmdbFile(file);
    await requireReaderTable(directory);
    makeDirectory(copy);
    const database = open({ path: file, readOnly: true });
    try {
      await database.backup(copied, true);
    } finally {
      await database.close();
    }
    await writeOut(copied);
  } catch (cause) {
    if (isTrellisError(cause)) throw cause;
    throw storageErrors.STORE_UNAVAILABLE({ directory, copy }, cause);
  }
}

/**
 * Who may not write in the table of readers is not in it: LMDB reads all the same then, and the process that works on
 * the store uses the pages again that are being copied.
 * @throws STORE_FORBIDDEN
 */
async function requireReaderTable(directory: string): Promise<void> {
  const table = join(directory, `${STORE_FILE}-lock`);
  try {
    await access(existsSync(table) ? table : directory, constants.W_OK);
  } catch (cause) {
    const reason = `${table} may not be written: copy as the user who owns the data`;
    throw storageErrors.STORE_FORBIDDEN({ directory, reason }, cause);
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
