export type { Cache } from "./Cache.ts";
export { createMemoryCache } from "./createMemoryCache.ts";
export {
  createReadThrough,
  type ReadThrough,
  type ReadThroughOptions,
  type ReadThroughPorts,
} from "./createReadThrough.ts";
export { createRedisCache } from "./createRedisCache.ts";
export { createRedisCounterStore } from "./createRedisCounterStore.ts";
export { createSealedCache } from "./createSealedCache.ts";
export { cacheErrors } from "./errors.ts";
export { openRedis, type RedisOptions, type SharedRedis } from "./openRedis.ts";
