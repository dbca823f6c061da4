import { join } from "node:path";
import { open, type RootDatabase } from "lmdb";
import { asUint8Array } from "./asUint8Array.ts";
import { isKey } from "./checkKeys.ts";
import type { KeyReader } from "./KeyValueStore.ts";
import { STORE_FILE } from "./openLmdbStore.ts";
import { storeUnavailable } from "./storeUnavailable.ts";

/** Single values of a store that another thread of the process has open. */
export interface StoreReader extends Pick<KeyReader, "get" | "has"> {
  /**
   * Runs reads on the store as it is now: they see every batch that was resolved before. What they see keeps its space
   * until they have ended.
   */
  inView<T>(read: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * Reads a store on LMDB from another thread than the one that writes it. Threads of a process share LMDB's environment;
 * a thread that ends, in whatever way, gives its place among the readers back. [STORE-9]
 * @throws STORE_UNAVAILABLE
 */
export function openLmdbReader(directory: string): StoreReader {
  const file = join(directory, STORE_FILE);
  let database: RootDatabase<Uint8Array, Uint8Array>;
  try {
    database = open({ path: file, encoding: "binary", keyEncoding: "binary", readOnly: true });
  } catch (cause) {
    throw storeUnavailable(directory, cause, file);
  }
  const get = (key: Uint8Array): Uint8Array | undefined => {
    const found = isKey(key) ? database.getBinary(key) : undefined;
    return found && asUint8Array(found);
  };
  return {
    get,
    has: (key) => get(key) !== undefined,
    async inView(read) {
      database.resetReadTxn();
      try {
        return await read();
      } finally {
        database.resetReadTxn();
      }
    },
    close: () => database.close(),
  };
}
