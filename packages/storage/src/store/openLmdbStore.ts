import { open as openFile } from "node:fs/promises";
import { join } from "node:path";
import { open, type RootDatabase, type Transaction } from "lmdb";
import { storageErrors } from "../errors.ts";
import { asUint8Array } from "./asUint8Array.ts";
import { boundOf, checkKeys, isKey } from "./checkKeys.ts";
import { checkLmdbFile } from "./checkLmdbFile.ts";
import type { KeyRange, KeySnapshot, KeyValueStore, WriteOperation } from "./KeyValueStore.ts";
import { type DirectoryLock, lockDirectory } from "./lockDirectory.ts";
import { makeDirectory } from "./makeDirectory.ts";
import { storeUnavailable } from "./storeUnavailable.ts";

export const STORE_FILE = "store.lmdb";
/** Smallest key, because LMDB needs a lower bound. */
const KEY_MIN = Uint8Array.of(0);
const READERS_MAX = 1024;

type Database = RootDatabase<Uint8Array, Uint8Array>;

export interface LmdbOptions {
  /** If false, a power failure may destroy the store. Only for chains that can be rebuilt. */
  readonly isDurable: boolean;
}

/**
 * Asynchronous writes of 30,000 small puts occupy the main thread for 10 to 30 ms; `transactionSync`, for 110 to
 * 160 ms. [STORE-3]
 */
export async function openLmdbStore(
  directory: string,
  { isDurable }: LmdbOptions = { isDurable: true },
): Promise<KeyValueStore> {
  const lock = await lockDirectory(directory);
  try {
    const file = join(directory, STORE_FILE);
    checkLmdbFile(file);
    const database: Database = open({
      path: file,
      encoding: "binary",
      keyEncoding: "binary",
      maxReaders: READERS_MAX,
      // If true, `flushed` and `close` would never settle after a failed commit.
      overlappingSync: false,
      noSync: !isDurable,
      // If true, a failed commit would cause an unhandled rejection.
      eventTurnBatching: false,
      // Not compressed, because hashes are incompressible.
    });
    return new LmdbStore(directory, database, lock, isDurable);
  } catch (cause) {
    await lock.release();
    throw storeUnavailable(directory, cause, join(directory, STORE_FILE));
  }
}

/** Simultaneous snapshots share a transaction, so each has its own object. */
interface OpenSnapshot {
  readonly transaction: Transaction;
}

class LmdbStore implements KeyValueStore {
  readonly #directory: string;
  readonly #database: Database;
  readonly #lock: DirectoryLock;
  readonly #isDurable: boolean;
  readonly #snapshots = new Set<OpenSnapshot>();
  #copying: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(directory: string, database: Database, lock: DirectoryLock, isDurable: boolean) {
    this.#isDurable = isDurable;
    this.#directory = directory;
    this.#database = database;
    this.#lock = lock;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    this.#checkOpen();
    return isKey(key) ? valueIn(this.#database.getBinary(key)) : undefined;
  }

  has(key: Uint8Array): boolean {
    return this.get(key) !== undefined;
  }

  range(range: KeyRange): Iterable<readonly [Uint8Array, Uint8Array]> {
    return this.#walk(range, undefined, () => this.#checkOpen());
  }

  async write(operations: readonly WriteOperation[]): Promise<void> {
    this.#checkOpen();
    checkKeys(operations);
    if (operations.length === 0) return;
    try {
      await this.#database.batch(() => {
        for (const operation of operations) {
          if (operation.kind === "put") this.#database.put(operation.key, operation.value);
          else this.#database.remove(operation.key);
        }
      });
    } catch (cause) {
      throw storageErrors.STORE_WRITE_FAILED({ directory: this.#directory }, await reasonOf(cause));
    }
  }

  async flush(): Promise<void> {
    this.#checkOpen();
    try {
      // Durable batches are already on disk.
      await this.#database.flushed;
      if (!this.#isDurable) await this.#writeOut();
    } catch (cause) {
      throw storageErrors.STORE_WRITE_FAILED({ directory: this.#directory }, await reasonOf(cause));
    }
  }

  async #writeOut(): Promise<void> {
    const file = await openFile(join(this.#directory, STORE_FILE), "r+");
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  snapshot(): KeySnapshot {
    this.#checkOpen();
    const snapshot = { transaction: this.#database.useReadTransaction() };
    this.#snapshots.add(snapshot);
    const checkOpen = (): void => {
      if (!this.#snapshots.has(snapshot)) throw storageErrors.STORE_CLOSED();
    };
    const get = (key: Uint8Array): Uint8Array | undefined => {
      checkOpen();
      return isKey(key) ? valueIn(this.#database.get(key, snapshot)) : undefined;
    };
    return {
      get,
      has: (key) => get(key) !== undefined,
      range: (range) => this.#walk(range, snapshot.transaction, checkOpen),
      close: () => this.#endSnapshot(snapshot),
    };
  }

  async backup(directory: string): Promise<void> {
    this.#checkOpen();
    try {
      makeDirectory(directory);
      const copied = this.#database.backup(join(directory, STORE_FILE), true);
      this.#copying = Promise.allSettled([this.#copying, copied]);
      await copied;
    } catch (cause) {
      throw storeUnavailable(directory, cause);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const snapshot of [...this.#snapshots]) this.#endSnapshot(snapshot);
    // A backup reads the mapped file on another thread.
    await this.#copying;
    try {
      await this.#database.close();
      if (!this.#isDurable) await this.#writeOut();
    } finally {
      await this.#lock.release();
    }
  }

  *#walk(
    { from, to, isReverse = false, countMax }: KeyRange,
    transaction: Transaction | undefined,
    checkOpen: () => void,
  ) {
    checkOpen();
    const low = from === undefined || from.length === 0 ? KEY_MIN : boundOf(from);
    const high = to && boundOf(to);
    const bounds = isReverse
      ? { reverse: true, end: low, inclusiveEnd: true, ...(high && { start: high, exclusiveStart: true }) }
      : { start: low, ...(high && { end: high }) };
    if (to?.length === 0) return;
    const limit = countMax === undefined ? {} : { limit: countMax };
    const range = this.#database.getRange({ ...bounds, ...limit, ...(transaction && { transaction }) });
    const entries = range[Symbol.iterator]();
    try {
      for (let next = entries.next(); !next.done; next = entries.next()) {
        yield [asUint8Array(next.value.key), asUint8Array(next.value.value)] as const;
        checkOpen();
      }
    } finally {
      // Ending an iteration of a closed database would crash the process.
      if (!this.#isClosed) entries.return?.();
    }
  }

  #endSnapshot(snapshot: OpenSnapshot): void {
    if (this.#snapshots.delete(snapshot)) snapshot.transaction.done();
  }

  #checkOpen(): void {
    if (this.#isClosed) throw storageErrors.STORE_CLOSED();
  }
}

function valueIn(found: Uint8Array | undefined): Uint8Array | undefined {
  return found && asUint8Array(found);
}

/** `commitError` is another promise, which lmdb rejects with the reason of a failed commit. */
async function reasonOf(cause: unknown): Promise<unknown> {
  if (typeof cause !== "object" || cause === null || !("commitError" in cause)) return cause;
  return Promise.resolve(cause.commitError).catch((reason: unknown) => reason);
}
