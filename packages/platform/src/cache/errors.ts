import { defineErrors } from "@trellis/base";

export const cacheErrors = defineErrors({
  CACHE_UNAVAILABLE: {
    message: "the cache cannot be reached",
    hint: "check that the Redis server runs; what it would have answered can be computed anew",
    consequence: "retry",
  },
  REDIS_URL_INVALID: {
    message: "the address of the Redis server is not one",
    hint: "use redis://HOST:PORT/NUMBER, or rediss:// for TLS",
    consequence: "reject",
  },
  CACHE_KEY_INVALID: {
    message: "a key or lifetime of the cache is not admitted",
    hint: "use 1 to 256 printable ASCII characters without spaces, and a lifetime of at least a millisecond",
    consequence: "reject",
  },
});
