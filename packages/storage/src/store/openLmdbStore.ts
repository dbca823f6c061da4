import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { open, type RootDatabase } from "lmdb";
import { storageErrors } from "../errors.ts";
import type { KeyRange, KeyValueStore } from "./KeyValueStore.ts";
import { type DirectoryLock, lockDirectory } from "./lockDirectory.ts";

/** The file in the store's directory. */
export const STORE_FILE = "store.lmdb";

/**
 * LMDB in one file of a directory that this process has for itself. A batch is one transaction, committed off the
 * main thread; commits outlive the process at once and a loss of power after `flush`.
 * @throws STORE_LOCKED, STORE_UNAVAILABLE
 */
export async function openLmdbStore(directory: string): Promise<KeyValueStore> {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (cause) {
    throw storageErrors.STORE_UNAVAILABLE({ directory }, cause);
  }
  const lock = await lockDirectory(directory);
  try {
    const database: RootDatabase<Uint8Array, Uint8Array> = open({
      path: join(directory, STORE_FILE),
      encoding: "binary",
      keyEncoding: "binary",
    });
    return lmdbStore(database, lock);
  } catch (cause) {
    await lock.release();
    throw storageErrors.STORE_UNAVAILABLE({ directory }, cause);
  }
}

function lmdbStore(database: RootDatabase<Uint8Array, Uint8Array>, lock: DirectoryLock): KeyValueStore {
  let isClosed = false;
  const checkOpen = (): void => {
    if (isClosed) throw storageErrors.STORE_CLOSED();
  };
  return {
    get(key) {
      checkOpen();
      return database.getBinary(key);
    },
    *range({ from, to, isReverse = false, countMax }: KeyRange) {
      checkOpen();
      const bounds = isReverse
        ? { start: to, end: from, reverse: true, exclusiveStart: true, inclusiveEnd: true }
        : { start: from, end: to };
      const limit = countMax === undefined ? {} : { limit: countMax };
      for (const { key, value } of database.getRange({ ...bounds, ...limit }))
        yield [bytesOf(key), bytesOf(value)];
    },
    async write(operations) {
      checkOpen();
      if (operations.length === 0) return;
      await database.batch(() => {
        for (const operation of operations) {
          if (operation.kind === "put") database.put(operation.key, operation.value as Buffer);
          else database.remove(operation.key);
        }
      });
    },
    async flush() {
      checkOpen();
      await database.flushed;
    },
    async backup(directory) {
      checkOpen();
      mkdirSync(directory, { recursive: true });
      await database.backup(join(directory, STORE_FILE), true);
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      await database.flushed;
      await database.close();
      await lock.release();
    },
  };
}

function bytesOf(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer);
}
