import type { Log } from "@trellis/base";
import type { Cache } from "./Cache.ts";
import { checkKey, checkLifetime } from "./checkKey.ts";
import { cacheErrors } from "./errors.ts";

export interface RedisCacheOptions {
  /** `redis://host:6379/0` or `rediss://…` */
  readonly url: string;
  /** Before every key: what shares the server is not touched. */
  readonly prefix: string;
  /** How long one command may take. */
  readonly commandMsMax?: number;
}

const COMMAND_MS_MAX = 2_000;
const SCAN_COUNT = 1_000;

/** A cache that processes share. Commands fail at once while the server is gone; the connection comes back by itself. */
export async function openRedisCache(
  { url, prefix, commandMsMax = COMMAND_MS_MAX }: RedisCacheOptions,
  { log }: { readonly log: Log },
): Promise<Cache> {
  checkKey(prefix);
  const { Redis } = await import("ioredis");
  const redis = new Redis(url, {
    lazyConnect: true,
    commandTimeout: commandMsMax,
    connectTimeout: commandMsMax,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
  });
  redis.on("error", (error) => log.warn("cache connection", { error }));
  const ask = async <T>(command: () => Promise<T>): Promise<T> => {
    try {
      return await command();
    } catch (error) {
      throw cacheErrors.CACHE_UNAVAILABLE({ reason: error instanceof Error ? error.name : undefined }, error);
    }
  };
  await ask(() => redis.connect()).catch((error: unknown) => {
    redis.disconnect();
    throw error;
  });
  const full = (key: string): string => `${prefix}${checkKey(key)}`;

  return {
    async get(key) {
      const name = full(key);
      const value = await ask(() => redis.getBuffer(name));
      return value === null ? undefined : new Uint8Array(value);
    },
    async set(key, value, lifetimeMs) {
      const name = full(key);
      checkLifetime(lifetimeMs);
      await ask(() => redis.set(name, Buffer.from(value), "PX", lifetimeMs));
    },
    async delete(key) {
      const name = full(key);
      await ask(() => redis.unlink(name));
    },
    async deletePrefix(start) {
      const pattern = `${full(start).replaceAll(/[\\*?[\]]/g, "\\$&")}*`;
      await ask(async () => {
        for (let cursor = "0", isFirst = true; isFirst || cursor !== "0"; isFirst = false) {
          const [next, names] = await redis.scan(cursor, "MATCH", pattern, "COUNT", SCAN_COUNT);
          if (names.length > 0) await redis.unlink(...names);
          cursor = next;
        }
      });
    },
    async close() {
      redis.disconnect();
    },
  };
}
