export interface TileWrite {
  readonly level: number;
  readonly index: number;
  /** At most 256 hashes, 32 bytes each. */
  readonly hashes: Uint8Array;
}

export interface LogBatch {
  /** `commit` fails if the log's size differs. */
  readonly sizeBefore: number;
  readonly sizeAfter: number;
  readonly entries: readonly Uint8Array[];
  readonly tiles: readonly TileWrite[];
}

/** C2SP tlog-tiles. A full tile never changes. */
export interface LogStore {
  size(): Promise<number>;
  readTile(level: number, index: number): Promise<Uint8Array | undefined>;
  /** Entries in [start, end). */
  readEntries(start: number, end: number): Promise<readonly Uint8Array[]>;
  /** Atomic, and durable on return. @throws LOG_APPEND_CONFLICT */
  commit(batch: LogBatch): Promise<void>;
}
