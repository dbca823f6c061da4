import { administrationRoutes } from "@trellis/platform/admin";
import { recordChanges } from "@trellis/platform/audit";
import { costRoutes } from "@trellis/platform/cost";
import { type ApiOptions, addApi, addEventSocket, type Route } from "@trellis/platform/http";
import {
  addDocs,
  createOpenApiDocument,
  type DocumentedApi,
  type OpenApiDocument,
} from "@trellis/platform/openapi";
import { settingsRoutes } from "@trellis/platform/runtimeSettings";
import type { FastifyInstance } from "fastify";
import type { ReservesApiPorts } from "./ReservesApiPorts.ts";
import { personal } from "./routes/access.ts";
import { customerRoutes } from "./routes/customers.ts";
import { healthRoutes } from "./routes/health.ts";
import { incidentRoutes } from "./routes/incidents.ts";
import { jobRoutes } from "./routes/jobs.ts";
import { ledgerRoutes } from "./routes/ledger.ts";
import { logRoutes } from "./routes/log.ts";
import { reportRoutes } from "./routes/reports.ts";
import { reserveRoutes } from "./routes/reserves.ts";
import { snapshotRoutes } from "./routes/snapshots.ts";
import { upkeepRoutes } from "./routes/upkeep.ts";
import { type EventType, webhookRoutes } from "./routes/webhooks.ts";
import { RESERVES_STATUSES } from "./statuses.ts";

const PUBLISHED: ReadonlySet<EventType> = new Set([
  "snapshot.published",
  "snapshot.anchored",
  "attestation.published",
]);

export interface ReservesApi {
  readonly document: OpenApiDocument;
  addRoutes(server: FastifyInstance): Promise<void>;
}

export function createReservesApi(ports: ReservesApiPorts, options: ApiOptions = {}): ReservesApi {
  const routes = reservesRoutes(ports).map((route) => recordChanges(route, ports.audit.log));
  const api = describedApi(routes);
  return {
    document: createOpenApiDocument(api),
    async addRoutes(server) {
      await addApi(server, { routes, statuses: RESERVES_STATUSES }, ports.http, options);
      await addDocs(server, "/v1", api);
      await addEventSocket(
        server,
        { path: "/v1/events", access: personal("events:read", "filtered"), forCustomers: PUBLISHED },
        { ...ports.http, events: ports.events },
      );
    },
  };
}

function reservesRoutes(ports: Omit<ReservesApiPorts, "http" | "events">): readonly Route[] {
  return [
    ...healthRoutes(),
    ...administrationRoutes(ports),
    ...customerRoutes(ports),
    ...ledgerRoutes(ports),
    ...snapshotRoutes(ports),
    ...reportRoutes(ports),
    ...logRoutes(ports),
    ...reserveRoutes(ports),
    ...incidentRoutes(ports),
    ...webhookRoutes(ports),
    ...upkeepRoutes(ports),
    ...jobRoutes(ports),
    ...costRoutes(ports),
    ...settingsRoutes(ports.settings),
  ];
}

export function describeReservesApi(): OpenApiDocument {
  const routes = reservesRoutes({} as Parameters<typeof reservesRoutes>[0]);
  return createOpenApiDocument(describedApi(routes));
}

function describedApi(routes: readonly Route[]): DocumentedApi {
  return {
    title: "Trellis reserves",
    version: "1",
    description:
      "A custodian's ledger, inclusion proofs for every customer, and attestations that reserves cover liabilities. Amounts are base units as decimal text; times are Unix times in milliseconds. Lists are paginated: pass `next` of a page as `cursor`. Events are sent over WebSocket at /v1/events?after=POSITION.",
    tags: {
      customers: "Customers and their erasure.",
      ledger: "Assets, entries, balances and statements.",
      snapshots: "Signed records of the liabilities, exports and reports.",
      proofs: "Inclusion proofs of balances and their verification.",
      reserves: "Addresses, proofs of ownership and attestations.",
      log: "The transparency log (RFC 9162).",
      reconciliation: "Reconciliation and incidents.",
      webhooks: "Webhooks for events and their deliveries.",
      jobs: "Background jobs and dead letters.",
      costs: "Usage, its cost, budgets and the storage forecast.",
      administration: "API keys, browser sessions, the audit log and the caller.",
      settings: "Runtime settings and their changes.",
    },
    routes,
    statuses: RESERVES_STATUSES,
  };
}
