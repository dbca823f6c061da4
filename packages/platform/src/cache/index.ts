export type { Cache } from "./Cache.ts";
export { createMemoryCache } from "./createMemoryCache.ts";
export { cacheErrors } from "./errors.ts";
export { openRedisCache, type RedisCacheOptions } from "./openRedisCache.ts";
