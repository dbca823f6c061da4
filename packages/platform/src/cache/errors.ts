import { defineErrors } from "@trellis/base";

export const cacheErrors = defineErrors({
  CACHE_UNAVAILABLE: {
    message: "the cache cannot be reached",
    hint: "check that the Redis server runs; what it would have answered can be computed again",
    consequence: "retry",
  },
  REDIS_URL_INVALID: {
    message: "the address of the Redis server is not one",
    hint: "use redis://HOST:PORT/NUMBER, or rediss:// for TLS",
    consequence: "reject",
  },
});
