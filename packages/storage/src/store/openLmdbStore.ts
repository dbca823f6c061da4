import { closeSync, existsSync, mkdirSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { open, type RootDatabase, type Transaction } from "lmdb";
import { storageErrors } from "../errors.ts";
import { asUint8Array } from "./asUint8Array.ts";
import { checkKeys } from "./checkKeys.ts";
import type { KeyRange, KeySnapshot, KeyValueStore, WriteOperation } from "./KeyValueStore.ts";
import { type DirectoryLock, lockDirectory } from "./lockDirectory.ts";

/** The file in the store's directory. */
export const STORE_FILE = "store.lmdb";
/** The smallest key there is: LMDB wants a bound to walk down to. */
const KEY_MIN = Uint8Array.of(0);
/** The first page: its header, and then the magic number of LMDB's meta page. */
const MAGIC_OFFSET = 24;
const MAGIC = 0xbeefc0de;
const HEADER_SIZE = 28;
/** Snapshots and walks that are open at once. */
const READERS_MAX = 1024;

type Database = RootDatabase<Uint8Array, Uint8Array>;

/**
 * LMDB in one file of a directory that this process has for itself. A batch is one transaction, committed off the
 * main thread; commits outlive the process at once and a loss of power after `flush`.
 * @throws STORE_LOCKED, STORE_UNAVAILABLE
 */
export async function openLmdbStore(directory: string): Promise<KeyValueStore> {
  const lock = await lockDirectory(directory);
  try {
    checkFile(join(directory, STORE_FILE));
    const database: Database = open({
      path: join(directory, STORE_FILE),
      encoding: "binary",
      keyEncoding: "binary",
      maxReaders: READERS_MAX,
    });
    return new LmdbStore(directory, database, lock);
  } catch (cause) {
    await lock.release();
    throw storageErrors.STORE_UNAVAILABLE({ directory }, cause);
  }
}

/** Opening a file that is not LMDB's own would crash the process inside LMDB. */
function checkFile(file: string): void {
  if (!existsSync(file)) return;
  const header = Buffer.alloc(HEADER_SIZE);
  const descriptor = openSync(file, "r");
  try {
    const size = readSync(descriptor, header, 0, HEADER_SIZE, 0);
    if (size === 0) return;
    const magic = size < HEADER_SIZE ? 0 : header.readUInt32LE(MAGIC_OFFSET);
    if (magic !== MAGIC) throw storageErrors.STORE_UNAVAILABLE({ file, reason: "not an LMDB file" });
  } finally {
    closeSync(descriptor);
  }
}

/** Snapshots that are taken at one moment share a transaction. */
interface OpenSnapshot {
  readonly transaction: Transaction;
}

class LmdbStore implements KeyValueStore {
  readonly #directory: string;
  readonly #database: Database;
  readonly #lock: DirectoryLock;
  readonly #snapshots = new Set<OpenSnapshot>();
  #isClosed = false;

  constructor(directory: string, database: Database, lock: DirectoryLock) {
    this.#directory = directory;
    this.#database = database;
    this.#lock = lock;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    this.#checkOpen();
    return key.length === 0 ? undefined : valueIn(this.#database.getBinary(key));
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
    await this.#database.flushed;
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
      return key.length === 0 ? undefined : valueIn(this.#database.get(key, snapshot));
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
      mkdirSync(directory, { recursive: true });
      await this.#database.backup(join(directory, STORE_FILE), true);
    } catch (cause) {
      throw storageErrors.STORE_UNAVAILABLE({ directory }, cause);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const snapshot of [...this.#snapshots]) this.#endSnapshot(snapshot);
    await this.#database.flushed;
    await this.#database.close();
    await this.#lock.release();
  }

  *#walk(
    { from, to, isReverse = false, countMax }: KeyRange,
    transaction: Transaction | undefined,
    checkOpen: () => void,
  ) {
    checkOpen();
    const low = from === undefined || from.length === 0 ? KEY_MIN : from;
    const bounds = isReverse
      ? { reverse: true, end: low, inclusiveEnd: true, ...(to && { start: to, exclusiveStart: true }) }
      : { start: low, ...(to && { end: to }) };
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
      // A closed database has ended its walks; touching one then would end the process.
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

/** LMDB tells the reason of a failed commit by another promise, which rejects. */
async function reasonOf(cause: unknown): Promise<unknown> {
  if (typeof cause !== "object" || cause === null || !("commitError" in cause)) return cause;
  return Promise.resolve(cause.commitError).catch((reason: unknown) => reason);
}
