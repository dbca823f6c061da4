/** The package has no types. Methods with an underscore are synchronous. */
declare module "@nxtedition/rocksdb" {
  export interface IteratorOptions {
    readonly gte?: Uint8Array;
    readonly lt?: Uint8Array;
    readonly reverse?: boolean;
    readonly limit?: number;
    readonly keyEncoding: "buffer";
    readonly valueEncoding: "buffer";
  }

  export interface RocksIterator {
    _seekSync(target: Uint8Array): void;
    /** Keys and values alternate in `rows`. */
    _nextvSync(count: number): { readonly rows: readonly Uint8Array[]; readonly finished: boolean };
    _closeSync(): void;
  }

  export interface RocksBatch {
    _put(key: Uint8Array, value: Uint8Array): void;
    _del(key: Uint8Array): void;
    _writeSync(options: { readonly sync: boolean }): void;
    _closeSync(): void;
  }

  export interface RocksOptions {
    readonly createIfMissing: boolean;
    readonly compression: boolean;
    readonly walCompression: boolean;
    readonly cacheSize: number;
    readonly memtableMemoryBudget: number;
    readonly optimize: "point-lookup" | "";
    readonly compaction: "level" | "universal";
  }

  export class RocksLevel {
    constructor(directoryOrHandle: string | bigint);
    readonly handle: bigint;
    open(options: RocksOptions): Promise<void>;
    close(): Promise<void>;
    _getManySync(keys: readonly Uint8Array[]): (Uint8Array | undefined)[];
    _iterator(options: IteratorOptions): RocksIterator;
    _chainedBatch(): RocksBatch;
  }
}
