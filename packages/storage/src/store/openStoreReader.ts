import { createRequire } from "node:module";
import { join } from "node:path";
import { getEnvironmentData } from "node:worker_threads";
import { open, type RootDatabase } from "lmdb";
import { storageErrors } from "../errors.ts";
import { asUint8Array } from "./asUint8Array.ts";
import { isKey } from "./checkKeys.ts";
import type { KeyReader } from "./KeyValueStore.ts";
import { STORE_FILE } from "./openLmdbStore.ts";
import { handleName } from "./openRocksStore.ts";
import { storeKindIn } from "./openStore.ts";
import { storeUnavailable } from "./storeUnavailable.ts";

/** Single values of a store that another thread of the process has open. */
export interface StoreReader extends Pick<KeyReader, "get" | "has"> {
  /**
   * Runs reads that see every batch that was resolved before. On LMDB they see the store at one moment and keep its
   * space until they have ended; on RocksDB each sees the store as it is then.
   */
  inView<T>(read: () => Promise<T>): Promise<T>;
}

/**
 * Reads a store from another thread than the one that writes it, and that outlives this one. A thread that ends, in
 * whatever way, leaves nothing behind. [STORE-9]
 * @throws STORE_FORBIDDEN, STORE_UNAVAILABLE
 */
export function openStoreReader(directory: string): StoreReader {
  return storeKindIn(directory) === "rocksdb" ? openRocksReader(directory) : openLmdbReader(directory);
}

/** Threads of a process share LMDB's environment. */
function openLmdbReader(directory: string): StoreReader {
  const file = join(directory, STORE_FILE);
  let database: RootDatabase<Uint8Array, Uint8Array>;
  try {
    database = open({ path: file, encoding: "binary", keyEncoding: "binary", readOnly: true });
  } catch (cause) {
    throw storeUnavailable(directory, cause, file);
  }
  return {
    ...readBy((key) => database.getBinary(key)),
    async inView(read) {
      database.resetReadTxn();
      try {
        return await read();
      } finally {
        database.resetReadTxn();
      }
    },
  };
}

/**
 * Point reads alone are safe on a shared handle: they hold nothing between calls, whereas an iterator of a thread that
 * ends stays. The shared database is never closed here, which would close it for all.
 */
function openRocksReader(directory: string): StoreReader {
  const handle = getEnvironmentData(handleName(directory));
  if (typeof handle !== "bigint") {
    throw storageErrors.STORE_UNAVAILABLE({ directory, reason: "no thread has the store open" });
  }
  const { RocksLevel }: typeof import("@nxtedition/rocksdb") = createRequire(import.meta.url)(
    "@nxtedition/rocksdb",
  );
  const database = new RocksLevel(handle);
  return { ...readBy((key) => database._getManySync([key])[0]), inView: (read) => read() };
}

function readBy(find: (key: Uint8Array) => Uint8Array | undefined): Pick<KeyReader, "get" | "has"> {
  const get = (key: Uint8Array): Uint8Array | undefined => {
    const found = isKey(key) ? find(key) : undefined;
    return found && asUint8Array(found);
  };
  return { get, has: (key) => get(key) !== undefined };
}
