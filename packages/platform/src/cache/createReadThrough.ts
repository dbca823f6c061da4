import type { Metrics } from "@trellis/base";
import type { Guard } from "@trellis/resilience";
import { platformMetrics } from "../metrics.ts";
import type { Cache } from "./Cache.ts";

export interface ReadThrough {
  /** Errors are not cached. @throws ARGUMENT_INVALID */
  read(key: string, make: () => Promise<Uint8Array>): Promise<Uint8Array>;
  /**
   * Also drops values being computed. Other processes must call `forgetHere`.
   * @throws ARGUMENT_INVALID; CACHE_UNAVAILABLE after dropping the local entries
   */
  forget(prefix: string): Promise<void>;
  /** @throws ARGUMENT_INVALID */
  forgetHere(prefix: string): Promise<void>;
}

export interface ReadThroughOptions {
  readonly name: string;
  readonly lifetimeMs: number;
}

export interface ReadThroughPorts {
  readonly near: Cache;
  /** Shared cache, bypassed while unavailable. */
  readonly far?: { readonly cache: Cache; readonly guard: Guard };
  readonly metrics: Metrics;
}

export function createReadThrough(
  { name, lifetimeMs }: ReadThroughOptions,
  { near, far, metrics }: ReadThroughPorts,
): ReadThrough {
  const reads = metrics.counter(platformMetrics.trellis_cache_reads_total);
  let forgottenCount = 0;

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
