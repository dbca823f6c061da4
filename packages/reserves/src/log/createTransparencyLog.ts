import { decodeEntry, encodeEntry, type LogEntry } from "./entry.ts";
import { logErrors } from "./errors.ts";
import { extendTiles } from "./extendTiles.ts";
import { checkSize, leafHash } from "./hashes.ts";
import type { LogStore } from "./LogStore.ts";
import { consistencyPath, inclusionPath, rootOf } from "./proofs.ts";
import { createNodeReader, createTileCache } from "./tiles.ts";

/** RFC 9162, section 2.1. Reads throw LOG_SIZE_INVALID or LOG_TILE_DAMAGED. */
export interface TransparencyLog {
  size(): Promise<number>;
  /**
   * Atomic and durable. @param sizeBefore default: current size
   * @throws LOG_APPEND_CONFLICT, LOG_MALFORMED, LOG_TILE_DAMAGED
   */
  append(
    entries: readonly LogEntry[],
    sizeBefore?: number,
  ): Promise<{ readonly sizeBefore: number; readonly size: number }>;
  root(size: number): Promise<Uint8Array>;
  entry(index: number): Promise<LogEntry>;
  entries(start: number, end: number): Promise<readonly Uint8Array[]>;
  inclusionProof(index: number, size: number): Promise<Uint8Array[]>;
  consistencyProof(oldSize: number, newSize: number): Promise<Uint8Array[]>;
}

export function createTransparencyLog({ store }: { readonly store: LogStore }): TransparencyLog {
  const cache = createTileCache();

  async function nodesAt(size: number) {
    checkSize("size", size);
    const committed = await store.size();
    if (size > committed) throw logErrors.LOG_SIZE_INVALID({ size, committed });
    return createNodeReader(store, size, cache);
  }

  async function checkedEntries(start: number, end: number): Promise<readonly Uint8Array[]> {
    checkSize("start", start);
    checkSize("end", end);
    const committed = await store.size();
    if (start > end || end > committed) throw logErrors.LOG_SIZE_INVALID({ start, end, committed });
    return store.readEntries(start, end);
  }

  return {
    size: () => store.size(),
    async append(entries, given) {
      const encoded = entries.map(encodeEntry);
      const sizeBefore = given ?? (await store.size());
      const tiles = await extendTiles(store, sizeBefore, encoded.map(leafHash));
      const sizeAfter = sizeBefore + encoded.length;
      if (encoded.length > 0) await store.commit({ sizeBefore, sizeAfter, entries: encoded, tiles });
      return { sizeBefore, size: sizeAfter };
    },
    root: async (size) => rootOf(await nodesAt(size), 0, size),
    entries: checkedEntries,
    async entry(index) {
      const [bytes] = await checkedEntries(index, index + 1);
      if (bytes === undefined) throw logErrors.LOG_TILE_DAMAGED({ entry: index });
      return decodeEntry(bytes);
    },
    async inclusionProof(index, size) {
      checkSize("index", index);
      const nodes = await nodesAt(size);
      if (index >= size) throw logErrors.LOG_SIZE_INVALID({ index, size });
      return inclusionPath(nodes, index, size);
    },
    async consistencyProof(oldSize, newSize) {
      checkSize("oldSize", oldSize);
      const nodes = await nodesAt(newSize);
      if (oldSize > newSize) throw logErrors.LOG_SIZE_INVALID({ oldSize, newSize });
      if (oldSize === 0 && newSize > 0)
        throw logErrors.LOG_SIZE_INVALID({ reason: "consistency with an empty log proves nothing", newSize });
      return consistencyPath(nodes, oldSize, newSize);
    },
  };
}
