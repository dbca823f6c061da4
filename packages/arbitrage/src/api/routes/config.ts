import { defineRoute, pageOf, pageQuery, type Route } from "@trellis/platform/http";
import { currentSettings, readChanges, settingChange, shownChange } from "@trellis/platform/runtimeSettings";
import { z } from "zod";
import type { ArbitrageApiPorts } from "../ArbitrageApiPorts.ts";
import { configEvent } from "../createBlockEvents.ts";
import { reason } from "../schemas.ts";
import { admins, readers } from "./access.ts";

type Ports = Pick<ArbitrageApiPorts, "config" | "announce">;

const key = z
  .string()
  .min(1)
  .max(64)
  .meta({ id: "SettingKey", examples: ["threshold", "missing"] });
const value = z.unknown().meta({ description: "value as in trellis.yaml", examples: ["1000"] });
const version = z.int().min(0).meta({ description: "counts the changes of all settings" });
const setting = z
  .strictObject({
    key: z.string(),
    value: value.meta({ description: "effective value" }),
    isChanged: z
      .boolean()
      .meta({ description: "true: changed at run time; false: from file, flags or default" }),
    summary: z.string(),
    unit: z.string().nullable(),
  })
  .meta({ id: "ConfigSetting" });

export function configRoutes(ports: Ports): readonly Route[] {
  return [...readingRoutes(ports), changingRoute(ports)];
}

function readingRoutes({ config }: Ports): readonly Route[] {
  return [
    defineRoute(
      {
        id: "getConfig",
        method: "GET",
        path: "/v1/config",
        tag: "config",
        summary: "Lists settings that can change at run time",
        access: readers("config:read"),
        answer: {
          status: 200,
          description: "all settings",
          schema: z.strictObject({ version, items: z.array(setting) }),
        },
        errors: [],
      },
      () => {
        const items = currentSettings(config).map((shown) => {
          const { summary, unit = null } = config.about(shown.key);
          return { ...shown, summary, unit };
        });
        return { version: config.version(), items };
      },
    ),
    defineRoute(
      {
        id: "listConfigChanges",
        method: "GET",
        path: "/v1/config/changes",
        tag: "config",
        summary: "Lists changes of settings with author and reason, newest first",
        access: readers("config:read"),
        query: z.strictObject({ ...pageQuery, key: key.optional() }),
        answer: { status: 200, description: "a page", schema: pageOf(settingChange) },
        errors: ["CURSOR_INVALID", "DYNAMIC_KEY_UNKNOWN"],
      },
      ({ query }) => readChanges(config, query, "config-changes"),
    ),
  ];
}

function changingRoute({ config, announce }: Ports): Route {
  return defineRoute(
    {
      id: "changeConfig",
      method: "POST",
      path: "/v1/config",
      tag: "config",
      summary: "Changes a setting in all processes, from the next block",
      access: admins("config:write"),
      body: z.strictObject({
        key,
        value: value.meta({ description: "null: restore the value of file and flags" }),
        reason,
        basedOn: version.optional(),
      }),
      answer: { status: 200, description: "the change", schema: settingChange },
      errors: [
        "DYNAMIC_KEY_UNKNOWN",
        "DYNAMIC_VERSION_STALE",
        "DYNAMIC_VALUE_INVALID",
        "DYNAMIC_VALUE_INVALID",
      ],
    },
    async ({ body, principal }) => {
      const change = await config.change({ ...body, value: body.value ?? undefined, by: principal.id });
      const shown = shownChange(change);
      await announce([configEvent(shown)]);
      return shown;
    },
  );
}
