import type { Guard } from "@trellis/resilience";
import type { WindowCounters } from "./rateLimit.ts";

/**
 * Shared counters, and this process's own while those are gone: then each process admits as much as all together
 * should, and nobody is kept waiting for a limit.
 */
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
        // The guard has counted the failure, and the connection has told it.
        return own.add(key, window, amount, windowMs);
      }
    },
  };
}
