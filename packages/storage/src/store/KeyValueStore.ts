export interface PutOperation {
  readonly kind: "put";
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export type WriteOperation = PutOperation | { readonly kind: "delete"; readonly key: Uint8Array };

/**
 * Keys from `from` (included) to `to` (left out), in byte order, or in reverse. Without a bound all on that side.
 * [STORE-1] [STORE-4]
 */
export interface KeyRange {
  readonly from?: Uint8Array;
  readonly to?: Uint8Array;
  readonly isReverse?: boolean;
  readonly countMax?: number;
}

/** Bytes that it gives belong to the caller. After `close` everything is STORE_CLOSED. */
export interface KeyReader {
  get(key: Uint8Array): Uint8Array | undefined;
  has(key: Uint8Array): boolean;
  /** Shows what was stored when the first entry was taken, whatever is written during the walk. */
  range(range: KeyRange): Iterable<readonly [key: Uint8Array, value: Uint8Array]>;
}

/** The store as it was at one moment. It holds space until it is closed. [STORE-4] */
export interface KeySnapshot extends KeyReader {
  close(): void;
}

/**
 * Ordered bytes by bytes. Reads are synchronous; writes come in batches that are stored whole or not at all.
 * [STORE-2]
 */
export interface KeyValueStore extends KeyReader {
  /**
   * Applies the operations in order. When it resolves they are readable and outlive the process; batches are applied
   * in the order of the calls. The bytes must not be changed before that.
   * @throws ARGUMENT_INVALID, STORE_WRITE_FAILED
   */
  write(operations: readonly WriteOperation[]): Promise<void>;
  /** Resolves when all that was written before outlives a loss of power. */
  flush(): Promise<void>;
  /** Sees what was written by batches that are resolved. */
  snapshot(): KeySnapshot;
  /**
   * Copies the store into a directory, created if need be, while it goes on. The copy opens as a store. [STORE-7]
   * @throws STORE_UNAVAILABLE
   */
  backup(directory: string): Promise<void>;
  /**
   * Waits for what is being written. Snapshots end with the store, and so does the lock on its directory. [STORE-8]
   * @throws STORE_WRITE_FAILED
   */
  close(): Promise<void>;
}
