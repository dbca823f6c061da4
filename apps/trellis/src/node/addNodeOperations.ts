import type { IncomingHttpHeaders } from "node:http";
import type { Principal } from "@trellis/platform/auth";
import { costRoutes } from "@trellis/platform/cost";
import { type AccessPrincipal, createHttpLimits, type Guard } from "@trellis/platform/guard";
import { type Authenticator, createMemoryIdempotencyStore, type Health } from "@trellis/platform/http";
import { settingsRoutes } from "@trellis/platform/runtimeSettings";
import {
  addOperations,
  type RuntimeControl,
  type ServiceCosts,
  type ServiceIo,
} from "@trellis/platform/service";
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
  readonly cost: ServiceCosts;
  readonly runtimeSettings?: RuntimeControl | undefined;
}

/** If `isOpen`, local callers may operate the node. Otherwise, callers need `admin:*` or `admin:guard`. A tenant reads its usage. */
export function addNodeOperations(
  server: FastifyInstance,
  { health, isOpen, guard, cost, runtimeSettings }: NodeOperations,
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
    usage: cost.meter,
    limits: createHttpLimits(guard, { scheduler: systemScheduler }),
  };
  const routes = [
    ...(runtimeSettings === undefined ? [] : settingsRoutes(runtimeSettings, PREFIX)),
    ...costRoutes(cost, PREFIX),
  ];
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
        role: roleOf(caller),
        customerId: caller.tenant,
        scopes: "all",
      };
      return { principal, coversBody: hasBody && caller.verifyBody !== undefined };
    },
  };
}

function roleOf({ permissions, tenant }: AccessPrincipal): Principal["role"] {
  if (permissions.allows(OPERATING)) return "admin";
  return tenant === undefined ? undefined : "customer";
}
