import type { Log } from "@trellis/base";
import type { Redis } from "ioredis";
import { checkKey } from "./checkKey.ts";
import { cacheErrors } from "./errors.ts";
import { redisAddress } from "./redisAddress.ts";

export interface RedisOptions {
  readonly url: string;
  /** Other programs may share the server. */
  readonly prefix: string;
  readonly commandMsMax?: number;
}

export interface SharedRedis {
  nameOf(key: string): string;
  /** @throws CACHE_UNAVAILABLE */
  ask<T>(command: (redis: Redis) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const COMMAND_MS_MAX = 2_000;

/** While the server is unreachable, commands fail at once. @throws REDIS_URL_INVALID */
export async function openRedis(
  { url, prefix, commandMsMax = COMMAND_MS_MAX }: RedisOptions,
  { log }: { readonly log: Log },
): Promise<SharedRedis> {
  checkKey(prefix);
  const address = redisAddress(url);
  const { Redis } = await import("ioredis");
  const options = {
    ...address.options,
    lazyConnect: true,
    commandTimeout: commandMsMax,
    connectTimeout: commandMsMax,
    sentinelCommandTimeout: commandMsMax,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    failoverDetector: address.url === undefined,
  };
  const redis = address.url === undefined ? new Redis(options) : new Redis(address.url, options);
  let isGone = false;
  redis.on("error", (error: Error) => {
    if (!isGone)
      log.warn("redis.lost", {
        reason: error.message,
        message: "Each process keeps its own cache and counters until Redis is reachable.",
      });
    isGone = true;
  });
  redis.on("ready", () => {
    if (isGone) log.info("redis.recovered");
    isGone = false;
  });
  const connect = (): Promise<void> => redis.connect().catch(() => {});
  // ioredis gives up if Sentinel announces a new primary while it looks for the primary.
  redis.on("end", connect);
  await connect();
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
      redis.off("end", connect);
      redis.disconnect();
    },
  };
}
