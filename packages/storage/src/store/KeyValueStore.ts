export interface PutOperation {
  readonly kind: "put";
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export type WriteOperation = PutOperation | { readonly kind: "delete"; readonly key: Uint8Array };

/** `to` is exclusive. In byte order or reverse; unbounded by default. [STORE-1] [STORE-4] */
export interface KeyRange {
  readonly from?: Uint8Array;
  readonly to?: Uint8Array;
  readonly isReverse?: boolean;
  readonly countMax?: number;
}

/** Returned bytes belong to the caller. After `close` methods throw STORE_CLOSED. */
export interface KeyReader {
  get(key: Uint8Array): Uint8Array | undefined;
  has(key: Uint8Array): boolean;
  /** A consistent view from the first entry on. */
  range(range: KeyRange): Iterable<readonly [key: Uint8Array, value: Uint8Array]>;
}

/** Consistent view. Holds disk space until closed. [STORE-4] */
export interface KeySnapshot extends KeyReader {
  close(): void;
}

/** Synchronous reads, atomic batches. [STORE-2] */
export interface KeyValueStore extends KeyReader {
  /**
   * Batches apply in call order. When it resolves, they are readable and survive a crash of the process. Keep the bytes
   * unchanged until then.
   * @throws ARGUMENT_INVALID, STORE_WRITE_FAILED
   */
  write(operations: readonly WriteOperation[]): Promise<void>;
  /** Resolves when earlier writes survive a power failure. */
  flush(): Promise<void>;
  /** Sees resolved batches. */
  snapshot(): KeySnapshot;
  /**
   * The copy opens as a store. [STORE-7]
   * @throws STORE_UNAVAILABLE
   */
  backup(directory: string): Promise<void>;
  /**
   * Awaits writes, closes snapshots and releases the lock. [STORE-8]
   * @throws STORE_WRITE_FAILED
   */
  close(): Promise<void>;
}
