import type { Guard } from "@trellis/resilience";
import type { WindowCounters } from "./rateLimit.ts";

/** While the shared counters fail, each process admits up to the whole limit. */
export function createGuardedCounters(
  shared: WindowCounters,
  own: WindowCounters,
  { guard }: { readonly guard: Guard },
): WindowCounters {
  return {
    async add(key, window, amount, windowMs) {
      try {
        return await guard.run(() => shared.add(key, window, amount, windowMs));
      } catch {
        return own.add(key, window, amount, windowMs);
      }
    },
  };
}
