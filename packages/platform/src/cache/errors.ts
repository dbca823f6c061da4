import { defineErrors } from "@trellis/base";

export const cacheErrors = defineErrors({
  CACHE_UNAVAILABLE: {
    message: "the cache cannot be reached",
    hint: "check that the Redis server runs; what it would have answered can be computed anew",
    consequence: "retry",
  },
  CACHE_KEY_INVALID: {
    message: "a key or lifetime of the cache is not admitted",
    hint: "use 1 to 256 printable ASCII characters without spaces, and a lifetime of at least a millisecond",
    consequence: "reject",
  },
});
