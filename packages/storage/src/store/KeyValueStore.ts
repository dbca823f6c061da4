export type WriteOperation =
  | { readonly kind: "put"; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly kind: "delete"; readonly key: Uint8Array };

/** Keys from `from` (included) to `to` (left out), in byte order, or in reverse. */
export interface KeyRange {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  readonly isReverse?: boolean;
  readonly countMax?: number;
}

export interface KeyReader {
  /** The bytes belong to the caller. */
  get(key: Uint8Array): Uint8Array | undefined;
  /** Consistent as of the call; the store must not be written while it is being walked. */
  range(range: KeyRange): Iterable<readonly [key: Uint8Array, value: Uint8Array]>;
}

/** Ordered bytes by bytes. Reads are synchronous; writes come in batches that are stored whole or not at all. */
export interface KeyValueStore extends KeyReader {
  /** Applies the operations in order. When it resolves they are readable and outlive the process. */
  write(operations: readonly WriteOperation[]): Promise<void>;
  /** Resolves when all that was written outlives a loss of power. */
  flush(): Promise<void>;
  /** Copies the store into an empty directory while it goes on. */
  backup(directory: string): Promise<void>;
  close(): Promise<void>;
}
