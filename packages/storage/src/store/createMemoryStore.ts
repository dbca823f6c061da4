import { storageErrors } from "../errors.ts";
import { checkKeys } from "./checkKeys.ts";
import type { KeyReader, KeyValueStore } from "./KeyValueStore.ts";
import { SortedEntries } from "./SortedEntries.ts";

export function createMemoryStore(): KeyValueStore {
  let entries = new SortedEntries();
  let isClosed = false;

  const open = (): SortedEntries => {
    if (isClosed) throw storageErrors.STORE_CLOSED();
    return entries;
  };
  return {
    ...readerOf(open),
    async write(operations) {
      const before = open();
      checkKeys(operations);
      entries = before.with(operations);
    },
    async flush() {
      open();
    },
    snapshot() {
      let kept: SortedEntries | undefined = open();
      const reader = readerOf(() => {
        if (isClosed || kept === undefined) throw storageErrors.STORE_CLOSED();
        return kept;
      });
      return {
        ...reader,
        close() {
          kept = undefined;
        },
      };
    },
    async backup() {
      open();
      throw storageErrors.STORE_UNAVAILABLE({ reason: "a memory store has nothing on disk to copy" });
    },
    async close() {
      isClosed = true;
      entries = new SortedEntries();
    },
  };
}

function readerOf(open: () => SortedEntries): KeyReader {
  return {
    get: (key) => open().get(key)?.slice(),
    has: (key) => open().get(key) !== undefined,
    *range(range) {
      for (const entry of open().range(range)) {
        yield entry;
        open();
      }
    },
  };
}
