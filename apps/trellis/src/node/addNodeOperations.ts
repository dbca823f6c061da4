import { createMemoryWindowCounters, createRateLimiter } from "@trellis/platform/auth";
import { type Authenticator, createMemoryIdempotencyStore, type Health } from "@trellis/platform/http";
import { addOperations, type ServiceIo } from "@trellis/platform/service";
import { systemClock, systemScheduler } from "@trellis/platform/system";
import type { FastifyInstance } from "fastify";
import { createLocalAuthenticator } from "./createLocalAuthenticator.ts";

/** Other services use `/v1`. */
const PREFIX = "/node/v1";
const WINDOW_MS = 60_000;
const REQUESTS_PER_WINDOW_MAX = 6_000;

const CLOSED: Authenticator = { authenticate: async () => undefined };

/** A node has no users: `isOpen` allows everyone everything. */
export function addNodeOperations(
  server: FastifyInstance,
  { health, isOpen }: { readonly health: Health; readonly isOpen: boolean },
  io: ServiceIo,
): Promise<void> {
  const limiter = createRateLimiter(
    { cost: REQUESTS_PER_WINDOW_MAX, windowMs: WINDOW_MS },
    { counters: createMemoryWindowCounters(), clock: systemClock },
  );
  const { log, metrics, tracing } = io;
  const http = {
    log: log.child("api"),
    metrics,
    tracing,
    clock: systemClock,
    scheduler: systemScheduler,
    authenticator: isOpen ? createLocalAuthenticator() : CLOSED,
    idempotency: createMemoryIdempotencyStore(),
    limits: { perIp: limiter, perPrincipal: limiter },
  };
  return addOperations(server, { service: "node", prefix: PREFIX, health, http }, io);
}
