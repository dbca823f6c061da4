import type { BlobStore } from "./BlobStore.ts";

/** Refuses each call after the signal has aborted. */
export function stoppableStore(store: BlobStore, signal: AbortSignal): BlobStore {
  const checked = <T>(call: () => T): T => {
    signal.throwIfAborted();
    return call();
  };
  return {
    place: store.place,
    put: async (name, bytes) => checked(() => store.put(name, bytes)),
    create: async (name, bytes) => checked(() => store.create(name, bytes)),
    get: async (name) => checked(() => store.get(name)),
    list: (prefix) => checked(() => store.list(prefix)),
    delete: async (name) => checked(() => store.delete(name)),
  };
}
