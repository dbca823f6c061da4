import type { Log } from "@trellis/base";
import type { Redis } from "ioredis";
import { checkKey } from "./checkKey.ts";
import { cacheErrors } from "./errors.ts";

export interface RedisOptions {
  /** `redis://host:6379/0` or `rediss://…` */
  readonly url: string;
  /** Before every key: what shares the server is not touched. */
  readonly prefix: string;
  /** How long one command may take. */
  readonly commandMsMax?: number;
}

/** A connection to a Redis server that processes share. */
export interface SharedRedis {
  /** `key` with the prefix, checked. @throws ARGUMENT_INVALID */
  nameOf(key: string): string;
  /** @throws CACHE_UNAVAILABLE */
  ask<T>(command: (redis: Redis) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const COMMAND_MS_MAX = 2_000;

/**
 * Opens the connection. Commands fail at once while the server is gone, also when it is gone from the beginning:
 * nothing that it keeps is needed to serve. The connection comes back by itself.
 * @throws REDIS_URL_INVALID
 */
export async function openRedis(
  { url, prefix, commandMsMax = COMMAND_MS_MAX }: RedisOptions,
  { log }: { readonly log: Log },
): Promise<SharedRedis> {
  checkKey(prefix);
  // It may hold a password, and ioredis takes any text for a socket's path, which its failures then name.
  const { protocol } = URL.parse(url) ?? {};
  if (protocol !== "redis:" && protocol !== "rediss:") throw cacheErrors.REDIS_URL_INVALID();
  const { Redis } = await import("ioredis");
  const redis = new Redis(url, {
    lazyConnect: true,
    commandTimeout: commandMsMax,
    connectTimeout: commandMsMax,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
  });
  let isGone = false;
  redis.on("error", (error: Error) => {
    if (!isGone) log.warn("Redis is gone; what it shares is kept by each process", { reason: error.message });
    isGone = true;
  });
  redis.on("ready", () => {
    if (isGone) log.info("Redis is back");
    isGone = false;
  });
  // A failure is told by the event.
  await redis.connect().catch(() => {});
  return {
    nameOf: (key) => `${prefix}${checkKey(key)}`,
    async ask(command) {
      try {
        return await command(redis);
      } catch (error) {
        throw cacheErrors.CACHE_UNAVAILABLE(
          { reason: error instanceof Error ? error.name : undefined },
          error,
        );
      }
    },
    async close() {
      redis.disconnect();
    },
  };
}
