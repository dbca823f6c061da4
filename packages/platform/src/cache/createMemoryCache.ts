import { type Clock, LruMap } from "@trellis/base";
import type { Cache } from "./Cache.ts";
import { checkKey, checkLifetime } from "./checkKey.ts";

interface Cached {
  readonly value: Uint8Array;
  readonly untilMs: number;
}

/** Overhead per entry. */
const ENTRY_BYTES = 160;

export function createMemoryCache(
  { bytesMax }: { readonly bytesMax: number },
  { clock }: { readonly clock: Clock },
): Cache {
  const entries = new LruMap<string, Cached>(
    bytesMax,
    ({ value }, key) => value.length + key.length + ENTRY_BYTES,
  );
  const keys = new Set<string>();
  return {
    async get(key) {
      const cached = entries.get(checkKey(key));
      if (cached === undefined) {
        keys.delete(key);
        return undefined;
      }
      if (cached.untilMs > clock.nowMs()) return cached.value.slice();
      entries.delete(key);
      keys.delete(key);
      return undefined;
    },
    async set(key, value, lifetimeMs) {
      const untilMs = clock.nowMs() + checkLifetime(lifetimeMs);
      entries.set(checkKey(key), { value: value.slice(), untilMs });
      keys.add(key);
      if (keys.size <= 2 * entries.count + 1_024) return;
      for (const known of keys) if (!entries.has(known)) keys.delete(known);
    },
    async delete(key) {
      entries.delete(checkKey(key));
      keys.delete(key);
    },
    async deletePrefix(prefix) {
      for (const key of keys) {
        if (!key.startsWith(checkKey(prefix))) continue;
        entries.delete(key);
        keys.delete(key);
      }
    },
  };
}
