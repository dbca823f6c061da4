export interface PutOperation {
  readonly kind: "put";
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export type WriteOperation = PutOperation | { readonly kind: "delete"; readonly key: Uint8Array };

/** `to` is exclusive. Entries are in byte order, or reversed. [STORE-1] [STORE-4] */
export interface KeyRange {
  readonly from?: Uint8Array;
  readonly to?: Uint8Array;
  readonly isReverse?: boolean;
  readonly countMax?: number;
}

/** The caller owns returned bytes. Methods throw STORE_CLOSED after `close`. */
export interface KeyReader {
  get(key: Uint8Array): Uint8Array | undefined;
  has(key: Uint8Array): boolean;
  /** Iterates over a view taken at its first read. */
  range(range: KeyRange): Iterable<readonly [key: Uint8Array, value: Uint8Array]>;
}

/** Consistent view. Blocks reuse of disk space until closed. [STORE-4] */
export interface KeySnapshot extends KeyReader {
  close(): void;
}

export interface KeyValueStore extends KeyReader {
  /**
   * Writes batches in call order. Resolves when the batch is readable and survives a crash of the process. Do
   * not change its bytes until then.
   * @throws ARGUMENT_INVALID, STORE_WRITE_FAILED
   */
  write(operations: readonly WriteOperation[]): Promise<void>;
  /** Resolves when earlier writes survive a power failure. */
  flush(): Promise<void>;
  snapshot(): KeySnapshot;
  /** [STORE-7] @throws STORE_UNAVAILABLE */
  backup(directory: string): Promise<void>;
  /** [STORE-8] @throws STORE_WRITE_FAILED */
  close(): Promise<void>;
}
