import type { DedupeStore } from "./Notification.ts";

export function createMemoryDedupeStore(): DedupeStore {
  const untilByKey = new Map<string, number>();
  return {
    async claim(key, nowMs, untilMs) {
      if ((untilByKey.get(key) ?? 0) > nowMs) return false;
      for (const [old, until] of untilByKey) if (until <= nowMs) untilByKey.delete(old);
      untilByKey.set(key, untilMs);
      return true;
    },
  };
}
