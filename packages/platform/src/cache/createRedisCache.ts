import type { Cache } from "./Cache.ts";
import { checkLifetime } from "./checkKey.ts";
import type { SharedRedis } from "./openRedis.ts";

const SCAN_COUNT = 1_000;

export function createRedisCache(redis: SharedRedis): Cache {
  return {
    async get(key) {
      const name = redis.nameOf(key);
      const value = await redis.ask((client) => client.getBuffer(name));
      return value === null ? undefined : new Uint8Array(value);
    },
    async set(key, value, lifetimeMs) {
      const name = redis.nameOf(key);
      checkLifetime(lifetimeMs);
      await redis.ask((client) => client.set(name, Buffer.from(value), "PX", lifetimeMs));
    },
    async delete(key) {
      const name = redis.nameOf(key);
      await redis.ask((client) => client.unlink(name));
    },
    async deletePrefix(start) {
      const pattern = `${redis.nameOf(start).replaceAll(/[\\*?[\]]/g, "\\$&")}*`;
      await redis.ask(async (client) => {
        for (let cursor = "0", isFirst = true; isFirst || cursor !== "0"; isFirst = false) {
          const [next, names] = await client.scan(cursor, "MATCH", pattern, "COUNT", SCAN_COUNT);
          if (names.length > 0) await client.unlink(...names);
          cursor = next;
        }
      });
    },
  };
}
