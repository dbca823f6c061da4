import type { Clock, Log, Metrics, Scheduler } from "@trellis/base";
import type { Authenticator } from "../auth/createAuthenticator.ts";
import type { RateLimiter } from "../auth/rateLimit.ts";
import type { Tracing } from "../tracing/Tracing.ts";
import type { IdempotencyStore } from "./idempotency/IdempotencyStore.ts";

export interface ApiPorts {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly authenticator: Authenticator;
  /** Spans around handlers, where spans are sent. */
  readonly tracing?: Tracing | undefined;
  readonly idempotency: IdempotencyStore;
  readonly limits: {
    /** Before anyone is known, by address. */
    readonly perIp: RateLimiter;
    /** By principal, in units of the routes' cost. */
    readonly perPrincipal: RateLimiter;
  };
}
