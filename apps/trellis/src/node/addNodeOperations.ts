import type { IncomingHttpHeaders } from "node:http";
import type { Principal } from "@trellis/platform/auth";
import { createHttpLimits, type Guard } from "@trellis/platform/guard";
import { type Authenticator, createMemoryIdempotencyStore, type Health } from "@trellis/platform/http";
import { settingsRoutes } from "@trellis/platform/runtimeSettings";
import { addOperations, type RuntimeControl, type ServiceIo } from "@trellis/platform/service";
import { systemClock, systemScheduler } from "@trellis/platform/system";
import type { FastifyInstance } from "fastify";
import { createLocalAuthenticator } from "./createLocalAuthenticator.ts";

/** Other services on this origin use the prefix `/v1`. */
const PREFIX = "/node/v1";
/** Permission for this method lets a principal operate the node. */
const OPERATING = "admin_guard";

interface NodeOperations {
  readonly health: Health;
  readonly isOpen: boolean;
  readonly guard: Guard;
  readonly runtimeSettings?: RuntimeControl | undefined;
}

/** If `isOpen`, local callers may operate the node. Otherwise, callers need `admin:*` or `admin:guard`. */
export function addNodeOperations(
  server: FastifyInstance,
  { health, isOpen, guard, runtimeSettings }: NodeOperations,
  io: ServiceIo,
): Promise<void> {
  const { log, metrics, tracing } = io;
  const http = {
    log: log.child("api"),
    metrics,
    tracing,
    clock: systemClock,
    scheduler: systemScheduler,
    authenticator: isOpen ? createLocalAuthenticator() : keysOf(guard),
    idempotency: createMemoryIdempotencyStore(),
    limits: createHttpLimits(guard, { scheduler: systemScheduler }),
  };
  const routes = runtimeSettings === undefined ? [] : settingsRoutes(runtimeSettings, PREFIX);
  return addOperations(
    server,
    { service: "node", prefix: PREFIX, health, http, guard, runtimeSettings, routes },
    io,
  );
}

function keysOf(guard: Guard): Authenticator {
  return {
    async authenticate({ headers, hasBody, peerName, ...request }) {
      const authority = request.authority.toLowerCase();
      const caller = await guard.verify({
        headers: headers as IncomingHttpHeaders,
        peerName,
        request: { ...request, authority },
      });
      if (caller === undefined) return undefined;
      const principal: Principal = {
        id: caller.id,
        kind: "apiKey",
        role: caller.permissions.allows(OPERATING) ? "admin" : undefined,
        customerId: undefined,
        scopes: "all",
      };
      return { principal, coversBody: hasBody && caller.verifyBody !== undefined };
    },
  };
}
