import { administrationRoutes } from "@trellis/platform/admin";
import { recordChanges } from "@trellis/platform/audit";
import { costRoutes } from "@trellis/platform/cost";
import { type ApiOptions, addApi, addEventSocket, type Call, type Route } from "@trellis/platform/http";
import {
  addDocs,
  createOpenApiDocument,
  type DocumentedApi,
  type OpenApiDocument,
} from "@trellis/platform/openapi";
import type { FastifyInstance } from "fastify";
import type { ArbitrageApiPorts } from "./ArbitrageApiPorts.ts";
import { readers } from "./routes/access.ts";
import { configRoutes } from "./routes/config.ts";
import { marketRoutes } from "./routes/market.ts";
import { operationRoutes } from "./routes/operation.ts";
import { resultRoutes } from "./routes/results.ts";
import { riskRoutes } from "./routes/risk.ts";
import { tradingRoutes } from "./routes/trading.ts";
import { ARBITRAGE_STATUSES } from "./statuses.ts";

export interface ArbitrageApi {
  readonly document: OpenApiDocument;
  addRoutes(server: FastifyInstance): Promise<void>;
}

export function createArbitrageApi(ports: ArbitrageApiPorts, options: ApiOptions = {}): ArbitrageApi {
  const routes = arbitrageRoutes(ports).map((route) => recordChanges(route, ports.audit.log, factsOf));
  const api = describedApi(routes);
  return {
    document: createOpenApiDocument(api),
    async addRoutes(server) {
      await addApi(server, { routes, statuses: ARBITRAGE_STATUSES }, ports.http, options);
      await addDocs(server, "/v1", api);
      await addEventSocket(
        server,
        { path: "/v1/events", access: readers("events:read") },
        { ...ports.http, events: ports.events },
      );
    },
  };
}

export function describeArbitrageApi(): OpenApiDocument {
  const routes = arbitrageRoutes({} as ArbitrageApiPorts);
  return createOpenApiDocument(describedApi(routes));
}

function factsOf({ body }: Call, result?: unknown): Readonly<Record<string, string>> {
  const { reason, key, dryRun, transactionHashes } = (body ?? {}) as Readonly<Record<string, unknown>>;
  const { version } = (result ?? {}) as Readonly<Record<string, unknown>>;
  return {
    ...(typeof reason === "string" && { reason }),
    ...(typeof key === "string" && { key }),
    ...(typeof version === "number" && { version: String(version) }),
    ...(typeof dryRun === "boolean" && { dryRun: String(dryRun) }),
    ...(Array.isArray(transactionHashes) && { transactionHashes: transactionHashes.join(" ") }),
  };
}

function arbitrageRoutes(ports: ArbitrageApiPorts): readonly Route[] {
  return [
    ...operationRoutes(ports),
    ...marketRoutes(ports),
    ...resultRoutes(ports),
    ...riskRoutes(ports),
    ...tradingRoutes(ports),
    ...configRoutes(ports),
    ...costRoutes(ports),
    ...administrationRoutes(ports),
  ];
}

function describedApi(routes: readonly Route[]): DocumentedApi {
  return {
    title: "Trellis arbitrage",
    version: "1",
    description:
      "What the arbitrage engine observes, finds, decides, executes and earns. Amounts are base units, or wei of the chain's coin, as decimal text; times are Unix times in milliseconds. Lists are paginated: pass `next` of a page as `cursor`. Events are sent over WebSocket at /v1/events?after=POSITION.",
    tags: {
      operation: "Health, state and wallets.",
      market: "Prices, pools, opportunities and executions.",
      results: "Profit and loss, books and exports.",
      risk: "Limits, the circuit breaker and the kill switch.",
      trading: "Requested trades.",
      config: "Runtime settings and their changes.",
      costs: "Usage, its cost, budgets and the storage forecast.",
      administration: "API keys, browser sessions, the audit log and the caller.",
    },
    routes,
    statuses: ARBITRAGE_STATUSES,
  };
}
