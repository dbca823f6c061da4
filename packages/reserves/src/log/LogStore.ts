/** One tile that an append wrote again or made longer. */
export interface TileWrite {
  readonly level: number;
  readonly index: number;
  /** All hashes of the tile from its first, 32 bytes each, at most 256. */
  readonly hashes: Uint8Array;
}

/** What one append changes. */
export interface LogBatch {
  /** The log's size before: another means that someone else appended. */
  readonly sizeBefore: number;
  readonly sizeAfter: number;
  /** The encodings of the entries from `sizeBefore` on. */
  readonly entries: readonly Uint8Array[];
  readonly tiles: readonly TileWrite[];
}

/**
 * Port: where a log's entries and hashes lie. Tile (level L, index i) holds the roots of the complete subtrees of
 * height 8 L from place 256 i on (C2SP tlog-tiles), so that a full tile never changes again.
 */
export interface LogStore {
  /** The number of entries. */
  size(): Promise<number>;
  /** A tile as it was written last; undefined when there is none. */
  readTile(level: number, index: number): Promise<Uint8Array | undefined>;
  /** Entries from `start` up to and without `end`, which is at most the size. */
  readEntries(start: number, end: number): Promise<readonly Uint8Array[]>;
  /**
   * All of it or nothing, durable when it returns.
   * @throws LOG_APPEND_CONFLICT
   */
  commit(batch: LogBatch): Promise<void>;
}
