import type { Clock, Log, Metrics, Scheduler, Tracing } from "@trellis/base";
import type { Principal } from "../auth/Principal.ts";
import type { RateLimiter } from "../auth/rateLimit.ts";
import type { Authenticator } from "./createAuthenticator.ts";
import type { IdempotencyStore } from "./idempotency/IdempotencyStore.ts";

export interface UsageCounter {
  /** @param requests default: 1 @param principal undefined: not authenticated */
  count(principal: Principal | undefined, bytesIn: number, bytesOut: number, requests?: number): void;
}

export interface ApiPorts {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly authenticator: Authenticator;
  readonly tracing?: Tracing | undefined;
  readonly idempotency: IdempotencyStore;
  readonly usage?: UsageCounter | undefined;
  readonly limits: {
    readonly perIp: RateLimiter;
    /** In route cost units. */
    readonly perPrincipal: RateLimiter;
  };
}
