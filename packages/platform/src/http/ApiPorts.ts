import type { Clock, Log, Metrics, Scheduler, Tracing } from "@trellis/base";
import type { RateLimiter } from "../auth/rateLimit.ts";
import type { Authenticator } from "./createAuthenticator.ts";
import type { IdempotencyStore } from "./idempotency/IdempotencyStore.ts";

export interface ApiPorts {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly authenticator: Authenticator;
  readonly tracing?: Tracing | undefined;
  readonly idempotency: IdempotencyStore;
  readonly limits: {
    readonly perIp: RateLimiter;
    /** In route cost units. */
    readonly perPrincipal: RateLimiter;
  };
}
