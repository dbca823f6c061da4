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

interface StoreReader extends Pick<KeyReader, "get" | "has"> {
  /**
   * Reads include all batches whose `write` resolved. On LMDB, they share a view, which blocks reuse of disk space; on
   * RocksDB, each read uses the current store.
   */
  inView<T>(read: () => Promise<T>): Promise<T>;
}

/** The writing thread must outlive the reading thread. [STORE-9] @throws STORE_UNAVAILABLE */
export function openStoreReader(directory: string): StoreReader {
  return storeKindIn(directory) === "rocksdb" ? openRocksReader(directory) : openLmdbReader(directory);
}

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

/** Only point reads, because an iterator would outlive its thread. Never closes the shared database. */
function openRocksReader(directory: string): StoreReader {
  const handle = getEnvironmentData(handleName(directory));
  if (typeof handle !== "bigint") {
    throw storageErrors.STORE_UNAVAILABLE({ directory, reason: "store not opened by the main thread" });
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
