import { bytesEqual } from "@trellis/base";
import type { ApiKey, ApiKeyStore } from "../auth/ApiKey.ts";

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
    async rotate(id, from, to) {
      const known = keys.get(id);
      if (known === undefined || known.revokedAtMs !== undefined) return undefined;
      if (!bytesEqual(known.secretHash, from)) return undefined;
      const key = { ...known, ...to, previousSecretHash: from };
      keys.set(id, key);
      return key;
    },
    async revoke(id, atMs) {
      const known = keys.get(id);
      if (known === undefined) return undefined;
      const key = { ...known, revokedAtMs: known.revokedAtMs ?? atMs };
      keys.set(id, key);
      return key;
    },
    async touch(id, usedAtMs) {
      const known = keys.get(id);
      if (known !== undefined) {
        keys.set(id, { ...known, lastUsedAtMs: Math.max(usedAtMs, known.lastUsedAtMs ?? 0) });
      }
    },
  };
}
