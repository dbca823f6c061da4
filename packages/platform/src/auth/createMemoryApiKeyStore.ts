import type { ApiKey, ApiKeyStore } from "./ApiKey.ts";

/** Keys that end with the process: for tests and a devnet. */
export function createMemoryApiKeyStore(): ApiKeyStore {
  const keys = new Map<string, ApiKey>();
  return {
    async insert(key) {
      keys.set(key.id, key);
    },
    async find(id) {
      return keys.get(id);
    },
    async list(afterId = "", limit) {
      return [...keys.values()]
        .filter(({ id }) => id > afterId)
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit);
    },
    async update(key) {
      const known = keys.get(key.id);
      if (known !== undefined) keys.set(key.id, { ...key, lastUsedAtMs: known.lastUsedAtMs });
    },
    async touch(id, usedAtMs) {
      const known = keys.get(id);
      if (known !== undefined) {
        keys.set(id, { ...known, lastUsedAtMs: Math.max(usedAtMs, known.lastUsedAtMs ?? 0) });
      }
    },
  };
}
