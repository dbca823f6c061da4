import { z } from "zod";
import type { Access } from "../auth/access.ts";
import { defineRoute, type Route } from "../http/route.ts";
import { LOG_LEVELS } from "../log/ProcessLog.ts";
import { PROFILE_KINDS, PROFILE_SECONDS_MAX, type Profiler } from "../profile/Profiler.ts";
import type { LevelControl, OperationsPorts } from "./OperationsPorts.ts";

const TAG = "operations";
const LINES_MAX = 1_000;
const PROFILE_GRACE_MS = 30_000;

const READERS: Access = {
  kind: "protected",
  roles: ["admin", "operator", "auditor", "viewer"],
  scope: "operations:read",
  rows: "notPersonal",
};
/** Log lines may contain personal data. */
const LOG_READERS: Access = { ...READERS, roles: ["admin", "operator"], scope: "log:read" };
/** Profiles slow the service, and contain names of its code. */
const ADMINS: Access = { ...READERS, roles: ["admin"], scope: "profile:read" };
const OPERATORS: Access = { ...READERS, roles: ["admin", "operator"], scope: "operations:write" };

const timeMs = z.int().min(0);
const writtenLevel = z.enum(["debug", "info", "warn", "error", "fatal"]).meta({ id: "WrittenLevel" });
const level = z.enum(LOG_LEVELS).meta({ id: "LogLevel", description: "minimum level" });
const module = z
  .string()
  .regex(/^[a-zA-Z][a-zA-Z0-9 .]{0,63}$/)
  .meta({ id: "LogModule", examples: ["chain.dag"] });
const levels = {
  level,
  byModule: z.record(module, level).meta({ description: "levels by module, including submodules" }),
};

const health = z
  .strictObject({
    service: z.string(),
    version: z.string(),
    startedAtMs: timeMs,
    nowMs: timeMs,
    isReady: z.boolean(),
    parts: z.array(
      z.strictObject({
        name: z.string(),
        reason: z
          .string()
          .nullable()
          .meta({ description: "why the component cannot serve, or a warning; null: neither" }),
      }),
    ),
  })
  .meta({ id: "ServiceHealth" });
const line = z
  .strictObject({
    position: z.int(),
    timeMs,
    level: writtenLevel,
    module: z.string(),
    event: z.string(),
    facts: z.unknown().meta({ description: "facts of the event; secrets are redacted" }),
  })
  .meta({ id: "LogLine" });
const setting = z
  .strictObject({
    key: z.string(),
    value: z.unknown(),
    isHidden: z.boolean().meta({ description: "a secret; the value is not returned" }),
    origin: z.string().meta({ description: "`--port`, `TRELLIS_PORT`, `trellis.yaml:3`, `default`" }),
    summary: z.string(),
    isReloadable: z.boolean().meta({ description: "changes while the service runs" }),
    isDynamic: z.boolean().meta({ description: "PUT /v1/settings/{key} changes it" }),
  })
  .meta({ id: "EffectiveSetting" });

export function operationsRoutes(
  ports: OperationsPorts & { readonly nowMs: () => number },
  prefix = "/v1",
): readonly Route[] {
  const path = `${prefix}/operations`;
  return [...stateRoutes(ports, path), ...logRoutes(ports, path), profileRoute(ports.profiler, path)];
}

function stateRoutes(
  { service, version, startedAtMs, ...ports }: OperationsPorts & { readonly nowMs: () => number },
  path: string,
): readonly Route[] {
  const get = { method: "GET", tag: TAG, access: READERS, errors: [] } as const;
  return [
    defineRoute(
      {
        ...get,
        id: "getServiceHealth",
        path: `${path}/health`,
        summary: "Returns the health of each component of the service",
        answer: { status: 200, description: "health by component", schema: health },
      },
      () => {
        const report = ports.health.report();
        return {
          service,
          version,
          startedAtMs,
          nowMs: ports.nowMs(),
          isReady: report.isReady,
          parts: report.parts.map((name) => ({
            name,
            reason: report.reasons[name] ?? report.warnings[name] ?? null,
          })),
        };
      },
    ),
    defineRoute(
      {
        ...get,
        id: "getServiceMetrics",
        path: `${path}/metrics`,
        summary: "Returns the metrics of the service for Prometheus",
        answer: { status: 200, description: "text format 0.0.4", mediaType: "text/plain" },
      },
      () => ports.metrics.render(),
    ),
    defineRoute(
      {
        ...get,
        id: "listConfiguration",
        path: `${path}/configuration`,
        summary: "Lists the effective settings and their origins",
        answer: {
          status: 200,
          description: "all settings; secrets are hidden",
          schema: z.strictObject({ items: z.array(setting) }),
        },
      },
      () => ({ items: ports.configuration().map((one) => ({ ...one })) }),
    ),
  ];
}

function profileRoute(profiler: Profiler, path: string): Route {
  return defineRoute(
    {
      id: "takeProfile",
      method: "GET",
      path: `${path}/profile`,
      tag: TAG,
      summary: "Samples what the main thread computes or allocates, for Chrome DevTools",
      access: ADMINS,
      query: z.strictObject({
        kind: z.enum(PROFILE_KINDS),
        seconds: z.coerce.number().int().min(1).max(PROFILE_SECONDS_MAX),
      }),
      answer: {
        status: 200,
        description: "content of a .cpuprofile or .heapprofile file",
        mediaType: "application/json",
      },
      errors: ["OVERLOADED"],
      timeMsMax: PROFILE_SECONDS_MAX * 1_000 + PROFILE_GRACE_MS,
    },
    ({ query: { kind, seconds }, signal }) => profiler.take(kind, seconds * 1_000, signal),
  );
}

function logRoutes({ tail, levels: control }: OperationsPorts, path: string): readonly Route[] {
  return [
    defineRoute(
      {
        id: "readServiceLog",
        method: "GET",
        path: `${path}/log`,
        tag: TAG,
        summary: "Lists log lines of this process, newest or after a position",
        description: "Some thousand lines are kept in memory; older lines are in the log's destination.",
        access: LOG_READERS,
        query: z.strictObject({
          after: z.coerce.number().int().min(0).optional(),
          level: writtenLevel.optional(),
          module: module.optional(),
          limit: z.coerce.number().int().min(1).max(LINES_MAX).default(200),
        }),
        answer: {
          status: 200,
          description: "lines, oldest first",
          schema: z.strictObject({
            items: z.array(line),
            next: z.int().meta({ description: "value of `after` for the next request" }),
            missedCount: z.int().meta({ description: "lines after `after` that are no longer kept" }),
          }),
        },
        errors: [],
      },
      ({ query }) => {
        const { items, ...rest } = tail.read(query);
        return { items: items.map((one) => ({ ...one })), ...rest };
      },
    ),
    ...levelRoutes(control, path),
  ];
}

function levelRoutes(control: LevelControl, path: string): readonly Route[] {
  const shownLevels = z
    .strictObject({ ...levels, modules: z.array(z.string()).meta({ description: "known modules" }) })
    .meta({ id: "LogLevels" });
  const shown = () => {
    const { level: least, byModule } = control.current();
    return { level: least, byModule: { ...byModule }, modules: [...control.modules()] };
  };
  return [
    defineRoute(
      {
        id: "getLogLevels",
        method: "GET",
        path: `${path}/log-levels`,
        tag: TAG,
        summary: "Returns log levels by module",
        access: READERS,
        answer: { status: 200, description: "the levels", schema: shownLevels },
        errors: [],
      },
      shown,
    ),
    defineRoute(
      {
        id: "changeLogLevels",
        method: "PUT",
        path: `${path}/log-levels`,
        tag: TAG,
        summary: "Changes log levels at once",
        access: OPERATORS,
        body: z.strictObject({
          ...levels,
          reason: z
            .string()
            .min(1)
            .max(500)
            .meta({ examples: ["a look at peers"] }),
        }),
        answer: { status: 200, description: "the levels", schema: shownLevels },
        errors: [],
      },
      async ({ body: { reason, ...changed }, principal }) => {
        await control.change(changed, principal.id, reason);
        return shown();
      },
    ),
  ];
}
