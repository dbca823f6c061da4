import type { Envelope } from "../secrets/Envelope.ts";
import type { Cache } from "./Cache.ts";

/** Treats values from other writers, or under other keys, as absent. */
export function createSealedCache(cache: Cache, envelope: Pick<Envelope, "seal" | "open">): Cache {
  const contextOf = (key: string): string => `cache/${key}`;
  return {
    async get(key) {
      const sealed = await cache.get(key);
      if (sealed === undefined) return undefined;
      try {
        return envelope.open(contextOf(key), sealed);
      } catch {
        return undefined;
      }
    },
    set: (key, value, lifetimeMs) => cache.set(key, envelope.seal(contextOf(key), value), lifetimeMs),
    delete: (key) => cache.delete(key),
    deletePrefix: (prefix) => cache.deletePrefix(prefix),
  };
}
