import type { FastifyInstance } from "fastify";
import { createLevelControl, type LevelControl, operationsRoutes } from "../admin/index.ts";
import { type AuditLog, recordChanges } from "../audit/index.ts";
import { type Guard, guardRoutes } from "../guard/index.ts";
import { type ApiPorts, addApi, type Health, type Route } from "../http/index.ts";
import { addDocs } from "../openapi/index.ts";
import { systemProfiler } from "../profile/index.ts";
import type { OfferedSettings } from "../runtimeSettings/index.ts";
import { systemClock } from "../system/index.ts";
import { keyRingRoutes } from "./keyRingRoutes.ts";
import type { ServiceIo } from "./ServiceIo.ts";
import type { ServiceKeys } from "./serviceKeys.ts";
import type { OperationSettings } from "./settings/operationSettings.ts";

export type RuntimeControl = Omit<OfferedSettings, "current"> & {
  current(): Pick<OperationSettings, "logLevel" | "logLevels">;
};

interface OperatedService {
  readonly service: string;
  readonly prefix: string;
  readonly health: Health;
  readonly http: ApiPorts;
  readonly audit?: AuditLog;
  readonly runtimeSettings?: RuntimeControl | undefined;
  readonly guard?: Guard | undefined;
  readonly keys?: ServiceKeys;
  /** Of services without a further API. */
  readonly routes?: readonly Route[];
}

export async function addOperations(
  server: FastifyInstance,
  { service, prefix, health, http, audit, runtimeSettings, guard, keys, routes: own = [] }: OperatedService,
  { log, metrics, tail, version, configuration }: ServiceIo,
): Promise<void> {
  const levels = createLevelControl(log, log.child("operations"));
  const operations = operationsRoutes(
    {
      service,
      version,
      startedAtMs: Math.round(performance.timeOrigin),
      health,
      metrics,
      tail,
      profiler: systemProfiler,
      nowMs: () => systemClock.nowMs(),
      levels: runtimeSettings === undefined ? levels : { ...levels, change: changeIn(runtimeSettings) },
      configuration:
        runtimeSettings === undefined ? configuration : () => withChanges(configuration(), runtimeSettings),
    },
    prefix,
  );
  const guarded = guard === undefined ? [] : guardRoutes(guard, `${prefix}/operations`);
  const held = keys === undefined ? [] : keyRingRoutes(keys, `${prefix}/operations`);
  const routes = [...operations, ...guarded, ...held, ...own].map((route) =>
    audit === undefined ? route : recordChanges(route, audit),
  );
  const tags = new Set(own.map(({ shape }) => shape.tag));
  await addApi(server, { routes, statuses: {} }, http);
  await addDocs(server, `${prefix}/operations`, {
    routes,
    statuses: {},
    title: `Operations of ${service}`,
    version: "1",
    description: "State of the service: health, metrics, log and settings. The same API in every service.",
    tags: {
      operations: "Health, metrics, log and settings for operators.",
      ...(tags.has("settings") && { settings: "Settings that change while the service runs." }),
      ...(tags.has("costs") && { costs: "Usage, cost and budgets." }),
    },
  });
}

function changeIn(runtimeSettings: RuntimeControl): LevelControl["change"] {
  return async ({ level, byModule }, by, reason) => {
    const { logLevel, logLevels } = runtimeSettings.current();
    if (level !== logLevel) await runtimeSettings.change({ key: "logLevel", value: level, by, reason });
    if (JSON.stringify(byModule) !== JSON.stringify(logLevels)) {
      await runtimeSettings.change({ key: "logLevels", value: byModule, by, reason });
    }
  };
}

function withChanges(
  shown: ReturnType<ServiceIo["configuration"]>,
  runtimeSettings: RuntimeControl,
): ReturnType<ServiceIo["configuration"]> {
  const current = new Map<string, unknown>(Object.entries(runtimeSettings.current()));
  const changed = runtimeSettings.changed();
  return shown.map((one) =>
    changed.has(one.key) ? { ...one, value: current.get(one.key), origin: "changed at run time" } : one,
  );
}
