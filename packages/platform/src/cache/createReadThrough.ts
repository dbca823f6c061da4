import type { Metrics } from "@trellis/base";
import type { Guard } from "@trellis/resilience";
import type { Cache } from "./Cache.ts";

/** What is dear to make and does not change for a while. */
export interface ReadThrough {
  /**
   * What is kept under the key, or else what `make` gives, which is kept from then on.
   * @throws ARGUMENT_INVALID, and what `make` throws, which is not kept
   */
  read(key: string, make: () => Promise<Uint8Array>): Promise<Uint8Array>;
  /**
   * Drops all keys that begin so, here and where processes share. What this process is making meanwhile is not kept;
   * other processes must be told to do the same.
   * @throws ARGUMENT_INVALID, CACHE_UNAVAILABLE, when all of this process has been dropped
   */
  forget(prefix: string): Promise<void>;
  /** Drops them here alone: what others said may have been missed. @throws ARGUMENT_INVALID */
  forgetHere(prefix: string): Promise<void>;
}

export interface ReadThroughOptions {
  /** In metrics. */
  readonly name: string;
  readonly lifetimeMs: number;
}

export interface ReadThroughPorts {
  /** Of this process. */
  readonly near: Cache;
  /** Of all processes, asked after the near one. While it is gone everything is made. */
  readonly far?: { readonly cache: Cache; readonly guard: Guard };
  readonly metrics: Metrics;
}

/** Reads from the near cache, the far one, or makes what neither has. */
export function createReadThrough(
  { name, lifetimeMs }: ReadThroughOptions,
  { near, far, metrics }: ReadThroughPorts,
): ReadThrough {
  const reads = metrics.counter({
    name: "trellis_cache_reads_total",
    help: "Reads of a cache by where the value was: near (this process), far (shared), or nowhere (miss)",
    labels: ["cache", "outcome"],
  });
  let forgottenCount = 0;

  /** Undefined where it has nothing, and while it is gone: its guard and its connection tell that. */
  async function fromFar(key: string): Promise<Uint8Array | undefined> {
    return far?.guard.run(() => far.cache.get(key)).catch(() => undefined);
  }

  async function keep(key: string, value: Uint8Array, isFar: boolean): Promise<void> {
    await near.set(key, value, lifetimeMs);
    if (!isFar) await far?.guard.run(() => far.cache.set(key, value, lifetimeMs)).catch(() => {});
  }

  async function forgetHere(prefix: string): Promise<void> {
    forgottenCount++;
    await near.deletePrefix(prefix);
  }

  return {
    async read(key, make) {
      const forgottenBefore = forgottenCount;
      const held = await near.get(key);
      if (held !== undefined) {
        reads.add(1, { cache: name, outcome: "near" });
        return held;
      }
      const shared = await fromFar(key);
      reads.add(1, { cache: name, outcome: shared === undefined ? "miss" : "far" });
      const value = shared ?? (await make());
      if (forgottenCount === forgottenBefore) await keep(key, value, shared !== undefined);
      return value;
    },
    async forget(prefix) {
      await forgetHere(prefix);
      await far?.cache.deletePrefix(prefix);
    },
    forgetHere,
  };
}
