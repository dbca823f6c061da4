import { administrationRoutes } from "@trellis/platform/admin";
import { recordChanges } from "@trellis/platform/audit";
import { costRoutes } from "@trellis/platform/cost";
import { type ApiOptions, addApi, type Call, type Route } from "@trellis/platform/http";
import {
  addDocs,
  createOpenApiDocument,
  type DocumentedApi,
  type OpenApiDocument,
} from "@trellis/platform/openapi";
import type { FastifyInstance } from "fastify";
import type { BackupApiPorts } from "./BackupApiPorts.ts";
import { backupRoutes } from "./backupRoutes.ts";

export interface BackupApi {
  readonly document: OpenApiDocument;
  addRoutes(server: FastifyInstance): Promise<void>;
}

export function createBackupApi(ports: BackupApiPorts, options: ApiOptions = {}): BackupApi {
  const routes = allRoutes(ports).map((route) => recordChanges(route, ports.audit.log, factsOf));
  const api = describedApi(routes);
  return {
    document: createOpenApiDocument(api),
    async addRoutes(server) {
      await addApi(server, { routes, statuses: {} }, ports.http, options);
      await addDocs(server, "/v1", api);
    },
  };
}

export function describeBackupApi(): OpenApiDocument {
  return createOpenApiDocument(describedApi(allRoutes({} as BackupApiPorts)));
}

function allRoutes(ports: BackupApiPorts): readonly Route[] {
  return [...backupRoutes(ports), ...costRoutes(ports), ...administrationRoutes(ports)];
}

function factsOf({ body }: Call, result?: unknown): Readonly<Record<string, string>> {
  const { kind } = (body ?? {}) as Readonly<Record<string, unknown>>;
  const { jobId } = (result ?? {}) as Readonly<Record<string, unknown>>;
  return {
    ...(typeof kind === "string" && { kind }),
    ...(typeof jobId === "string" && { jobId }),
  };
}

function describedApi(routes: readonly Route[]): DocumentedApi {
  return {
    title: "Trellis backup",
    version: "1",
    description:
      "Scheduled backups: their state, history and repositories. Times are Unix times in milliseconds. Lists are paginated: pass `next` of a page as `cursor`.",
    tags: {
      backups: "Backups, runs and verifications.",
      costs: "Usage, cost and budgets.",
      administration: "API keys, browser sessions, the audit log and the caller.",
    },
    routes,
    statuses: {},
  };
}
