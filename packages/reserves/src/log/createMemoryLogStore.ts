import { logErrors } from "./errors.ts";
import type { LogStore } from "./LogStore.ts";

/** A log's storage for tests and demonstrations: gone with the process. */
export function createMemoryLogStore(): LogStore {
  const entries: Uint8Array[] = [];
  const tiles = new Map<string, Uint8Array>();
  return {
    size: async () => entries.length,
    readTile: async (level, index) => tiles.get(`${level}/${index}`),
    readEntries: async (start, end) => entries.slice(start, end),
    async commit(batch) {
      if (batch.sizeBefore !== entries.length)
        throw logErrors.LOG_APPEND_CONFLICT({ expected: batch.sizeBefore, size: entries.length });
      for (const { level, index, hashes } of batch.tiles) tiles.set(`${level}/${index}`, hashes.slice());
      for (const entry of batch.entries) entries.push(entry.slice());
    },
  };
}
