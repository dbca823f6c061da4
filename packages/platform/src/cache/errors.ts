import { defineErrors } from "@trellis/base";

export const cacheErrors = defineErrors({
  CACHE_UNAVAILABLE: {
    message: "cache unreachable",
    hint: "check that the Redis server is running; cached values are computed again",
    consequence: "retry",
  },
  REDIS_URL_INVALID: {
    message: "invalid Redis address",
    hint: "use redis://HOST:PORT/NUMBER or redis+sentinel://HOST:PORT,HOST:PORT/NAME, with rediss for TLS",
    consequence: "reject",
  },
});
