import { existsSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { setEnvironmentData } from "node:worker_threads";
import type { RocksIterator, RocksLevel } from "@nxtedition/rocksdb";
import { compareBytes } from "@trellis/base";
import { storageErrors } from "../errors.ts";
import { asUint8Array } from "./asUint8Array.ts";
import { checkKeys, KEY_SIZE_MAX } from "./checkKeys.ts";
import type { KeyRange, KeySnapshot, KeyValueStore, WriteOperation } from "./KeyValueStore.ts";
import { type DirectoryLock, lockDirectory } from "./lockDirectory.ts";
import { storeUnavailable } from "./storeUnavailable.ts";

export const STORE_FOLDER = "store.rocks";
/** The first read is small, because most iterations are short. */
const CHUNK_MIN = 8;
const CHUNK_MAX = 1024;
const KEY_FIRST = Uint8Array.of(0);
const KEY_BEHIND = new Uint8Array(KEY_SIZE_MAX + 1).fill(0xff);
const BACKUP_CHUNK = 10_000;
const ENCODINGS = { keyEncoding: "buffer", valueEncoding: "buffer" } as const;

/**
 * Batches survive a crash and, after `flush`, a power failure. Loads the module lazily, because some
 * platforms lack it. [STORE-3]
 */
export async function openRocksStore(directory: string): Promise<KeyValueStore> {
  const lock = await lockDirectory(directory);
  try {
    const database = await openRocks(join(directory, STORE_FOLDER));
    setEnvironmentData(handleName(directory), database.handle);
    return new RocksStore(directory, database, lock);
  } catch (cause) {
    await lock.release();
    throw storeUnavailable(directory, cause, join(directory, STORE_FOLDER));
  }
}

/** Environment data key by which other threads find the open database. */
export function handleName(directory: string): string {
  return `rocksdb ${resolve(directory)}`;
}

async function openRocks(directory: string): Promise<RocksLevel> {
  const { RocksLevel } = await import("@nxtedition/rocksdb");
  const database = new RocksLevel(directory);
  await database.open({
    createIfMissing: true,
    compression: true,
    walCompression: false,
    cacheSize: 256 << 20,
    memtableMemoryBudget: 256 << 20,
    optimize: "point-lookup",
    compaction: "level",
  });
  return database;
}

class RocksStore implements KeyValueStore {
  readonly #directory: string;
  readonly #database: RocksLevel;
  readonly #lock: DirectoryLock;
  readonly #snapshots = new Set<RocksSnapshot>();
  #copying: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  #isDatabaseClosed = false;

  constructor(directory: string, database: RocksLevel, lock: DirectoryLock) {
    this.#directory = directory;
    this.#database = database;
    this.#lock = lock;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    this.#checkOpen();
    const value = this.#database._getManySync([key])[0];
    return value && asUint8Array(value);
  }

  has(key: Uint8Array): boolean {
    return this.get(key) !== undefined;
  }

  range(range: KeyRange): Iterable<readonly [Uint8Array, Uint8Array]> {
    return this.#walk(range, () => this.#checkOpen());
  }

  async write(operations: readonly WriteOperation[]): Promise<void> {
    this.#checkOpen();
    checkKeys(operations);
    this.#writeBatch(operations, false);
  }

  /** An empty synced batch waits for all earlier ones. */
  async flush(): Promise<void> {
    this.#checkOpen();
    this.#writeBatch([], true);
  }

  snapshot(): KeySnapshot {
    this.#checkOpen();
    const snapshot = new RocksSnapshot(this.#database, (ended) => this.#snapshots.delete(ended));
    this.#snapshots.add(snapshot);
    return snapshot;
  }

  async backup(directory: string): Promise<void> {
    this.#checkOpen();
    const copied = this.#copyTo(directory);
    this.#copying = Promise.allSettled([this.#copying, copied]);
    await copied;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const snapshot of [...this.#snapshots]) snapshot.close();
    await this.#copying;
    setEnvironmentData(handleName(this.#directory), undefined);
    this.#isDatabaseClosed = true;
    try {
      await this.#database.close();
    } catch (cause) {
      throw storageErrors.STORE_WRITE_FAILED({ directory: this.#directory }, cause);
    } finally {
      await this.#lock.release();
    }
  }

  *#walk(
    { from, to, isReverse = false, countMax = Number.POSITIVE_INFINITY }: KeyRange,
    checkOpen: () => void,
  ) {
    checkOpen();
    const bounds = { ...(from?.length && { gte: from }), ...(to && { lt: to }) };
    if (to?.length === 0) return;
    const iterator = this.#database._iterator({ ...bounds, reverse: isReverse, ...ENCODINGS });
    try {
      let left = countMax;
      for (let size = CHUNK_MIN; left > 0; size = Math.min(size * 2, CHUNK_MAX)) {
        const { rows, finished } = iterator._nextvSync(Math.min(size, left));
        for (let index = 0; index < rows.length; index += 2) {
          yield [asUint8Array(rows[index]!), asUint8Array(rows[index + 1]!)] as const;
          checkOpen();
        }
        if (finished) return;
        left -= rows.length / 2;
      }
    } finally {
      if (!this.#isDatabaseClosed) iterator._closeSync();
    }
  }

  /** Copies entries, because the binding lacks checkpoints. */
  async #copyTo(directory: string): Promise<void> {
    const folder = join(directory, STORE_FOLDER);
    const lock = await lockDirectory(directory);
    try {
      if (existsSync(folder))
        throw storageErrors.STORE_UNAVAILABLE({ directory, reason: "directory already contains a store" });
      const partial = `${folder}.partial`;
      rmSync(partial, { recursive: true, force: true });
      const copy = new RocksStore(directory, await openRocks(partial), { release: async () => {} });
      try {
        await this.#writeAllTo(copy);
      } finally {
        await copy.close();
      }
      renameSync(partial, folder);
    } catch (cause) {
      throw storeUnavailable(directory, cause);
    } finally {
      await lock.release();
    }
  }

  async #writeAllTo(copy: RocksStore): Promise<void> {
    let operations: WriteOperation[] = [];
    for (const [key, value] of this.#walk({}, () => {})) {
      operations.push({ kind: "put", key, value });
      if (operations.length < BACKUP_CHUNK) continue;
      await copy.write(operations);
      operations = [];
    }
    await copy.write(operations);
    await copy.flush();
  }

  #writeBatch(operations: readonly WriteOperation[], sync: boolean): void {
    const batch = this.#database._chainedBatch();
    try {
      for (const operation of operations) {
        if (operation.kind === "put") batch._put(operation.key, operation.value);
        else batch._del(operation.key);
      }
      batch._writeSync({ sync });
    } catch (cause) {
      throw storageErrors.STORE_WRITE_FAILED({ directory: this.#directory }, cause);
    } finally {
      batch._closeSync();
    }
  }

  #checkOpen(): void {
    if (this.#isClosed) throw storageErrors.STORE_CLOSED();
  }
}

/** Iterators read the store as of their creation. */
class RocksSnapshot implements KeySnapshot {
  readonly #onClose: (snapshot: RocksSnapshot) => void;
  #iterators: { readonly forward: RocksIterator; readonly backward: RocksIterator } | undefined;

  constructor(database: RocksLevel, onClose: (snapshot: RocksSnapshot) => void) {
    this.#onClose = onClose;
    this.#iterators = {
      forward: database._iterator({ ...ENCODINGS }),
      backward: database._iterator({ reverse: true, ...ENCODINGS }),
    };
  }

  get(key: Uint8Array): Uint8Array | undefined {
    if (key.length === 0) return undefined;
    const [found, value] = this.#read(false, key, 1);
    return found !== undefined && compareBytes(found, key) === 0 ? asUint8Array(value!) : undefined;
  }

  has(key: Uint8Array): boolean {
    return this.get(key) !== undefined;
  }

  *range({ from, to, isReverse = false, countMax = Number.POSITIVE_INFINITY }: KeyRange) {
    if (to?.length === 0) return;
    let at = isReverse ? to : from;
    let isAtSeen = isReverse;
    let left = countMax;
    for (let size = CHUNK_MIN; left > 0; size = Math.min(size * 2, CHUNK_MAX)) {
      const rows = this.#read(isReverse, at, size + 1);
      for (let index = 0; index < rows.length && left > 0; index += 2) {
        const key = rows[index]!;
        if (isAtSeen && at !== undefined && compareBytes(key, at) === 0) continue;
        if (isReverse ? isBefore(key, from) : to !== undefined && !isBefore(key, to)) return;
        left--;
        yield [asUint8Array(key), asUint8Array(rows[index + 1]!)] as const;
        this.#open();
      }
      if (rows.length < 2 * (size + 1)) return;
      at = rows[rows.length - 2]!;
      isAtSeen = true;
    }
  }

  close(): void {
    if (this.#iterators === undefined) return;
    this.#iterators.forward._closeSync();
    this.#iterators.backward._closeSync();
    this.#iterators = undefined;
    this.#onClose(this);
  }

  #read(isReverse: boolean, at: Uint8Array | undefined, count: number): readonly Uint8Array[] {
    const { forward, backward } = this.#open();
    const iterator = isReverse ? backward : forward;
    iterator._seekSync(at?.length ? at : isReverse ? KEY_BEHIND : KEY_FIRST);
    return iterator._nextvSync(count).rows;
  }

  #open() {
    if (this.#iterators === undefined) throw storageErrors.STORE_CLOSED();
    return this.#iterators;
  }
}

function isBefore(key: Uint8Array, bound: Uint8Array | undefined): boolean {
  return bound !== undefined && compareBytes(key, bound) < 0;
}
