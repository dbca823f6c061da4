import type { FastifyInstance } from "fastify";
import { type AuditLog, recordChanges } from "../audit/index.ts";
import type { OfferedSettings } from "../dynamic/index.ts";
import { type ApiPorts, addApi, type Health } from "../http/index.ts";
import { addDocs } from "../openapi/index.ts";
import { createLevelControl, type LevelControl, operationsRoutes } from "../operations/index.ts";
import { systemClock } from "../system/index.ts";
import type { ServiceIo } from "./ServiceIo.ts";
import type { OperationSettings } from "./settings/operationSettings.ts";

/** As far as the log and what is shown of settings depend on them. */
type Dynamic = Omit<OfferedSettings, "current"> & {
  current(): Pick<OperationSettings, "logLevel" | "logLevels">;
};

interface OperatedService {
  /** `node`, `reserves`. */
  readonly service: string;
  /** `/v1`: what is added stands under `/v1/operations`. */
  readonly prefix: string;
  readonly health: Health;
  readonly http: ApiPorts;
  /** Where changes go on record. */
  readonly audit?: AuditLog;
  /** Settings that the database has the last word on, in all processes of the service. */
  readonly dynamic?: Dynamic;
}

/** How a service is, for the people who run it: its parts, figures, log, and what it runs with. */
export async function addOperations(
  server: FastifyInstance,
  { service, prefix, health, http, audit, dynamic }: OperatedService,
  { log, metrics, tail, version, configuration }: ServiceIo,
): Promise<void> {
  const own = createLevelControl(log, log.child("operations"));
  const routes = operationsRoutes(
    {
      ...{ service, version, startedAtMs: Math.round(performance.timeOrigin) },
      ...{ health, metrics, tail, nowMs: () => systemClock.nowMs() },
      levels: dynamic === undefined ? own : { ...own, change: changeIn(dynamic) },
      configuration: dynamic === undefined ? configuration : () => withChanges(configuration(), dynamic),
    },
    prefix,
  ).map((route) => (audit === undefined ? route : recordChanges(route, audit)));
  await addApi(server, { routes, statuses: {} }, http);
  await addDocs(server, `${prefix}/operations`, {
    ...{ routes, statuses: {}, title: `Operations of ${service}`, version: "1" },
    description: "How a service is: its parts, figures, log and settings. The same of every service.",
    tags: { operations: "What whoever runs the service looks at." },
  });
}

/** Levels of all processes of the service, kept with who and why. */
function changeIn(dynamic: Dynamic): LevelControl["change"] {
  return async ({ level, byModule }, by, reason) => {
    const { logLevel, logLevels } = dynamic.current();
    if (level !== logLevel) await dynamic.change({ key: "logLevel", value: level, by, reason });
    if (JSON.stringify(byModule) !== JSON.stringify(logLevels)) {
      await dynamic.change({ key: "logLevels", value: byModule, by, reason });
    }
  };
}

function withChanges(
  shown: ReturnType<ServiceIo["configuration"]>,
  dynamic: Dynamic,
): ReturnType<ServiceIo["configuration"]> {
  const current = new Map<string, unknown>(Object.entries(dynamic.current()));
  const changed = dynamic.changed();
  return shown.map((one) =>
    changed.has(one.key) ? { ...one, value: current.get(one.key), origin: "changed at run time" } : one,
  );
}
