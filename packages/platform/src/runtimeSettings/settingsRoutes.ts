import { z } from "zod";
import type { Access } from "../auth/access.ts";
import { defineRoute, type ListCall, pageOf, pageQuery, type Route, readPage } from "../http/index.ts";
import type { NewSettingChange, SettingChange } from "./RuntimeSettings.ts";

export interface OfferedSettings {
  readonly keys: readonly string[];
  current(): object;
  version(): number;
  changed(): ReadonlySet<string>;
  change(change: NewSettingChange): Promise<SettingChange>;
  history(
    key: string | undefined,
    before: number | undefined,
    limit: number,
  ): Promise<readonly SettingChange[]>;
}

const TAG = "settings";
const settingKey = z
  .string()
  .min(1)
  .max(64)
  .meta({ id: "SettingKey", examples: ["limitPerPrincipal", "missing"] });
const value = z.unknown().meta({ description: "value as in trellis.yaml" });
const version = z.int().min(0).meta({ description: "counts the changes of all settings" });
const reason = z
  .string()
  .min(1)
  .max(500)
  .meta({ description: "reason for the change", examples: ["a busy day"] });
const setting = z
  .strictObject({
    key: z.string(),
    value: value.meta({
      description: "effective value; sizes in bytes and times in ms, which a change gives with units",
    }),
    isChanged: z
      .boolean()
      .meta({ description: "true: changed at run time; false: from file, flags or default" }),
  })
  .meta({ id: "Setting" });
export const settingChange = z
  .strictObject({
    version,
    key: z.string(),
    value: value.meta({ description: "null if the value of file and flags was restored" }),
    by: z.string(),
    reason: z.string(),
    timeMs: z.int().min(0),
  })
  .meta({ id: "SettingChange" });

export const shownChange = ({ value: given, ...rest }: SettingChange) => ({ ...rest, value: given ?? null });

export function currentSettings(settings: OfferedSettings) {
  const [values, changed] = [new Map(Object.entries(settings.current())), settings.changed()];
  return settings.keys.map((key) => ({
    key,
    value: values.get(key) ?? null,
    isChanged: changed.has(key),
  }));
}

export function readChanges(
  settings: OfferedSettings,
  query: ListCall & { readonly key?: string | undefined },
  list: string,
) {
  return readPage(
    query,
    [list, query.key],
    async (after, limit) => {
      const before = after === undefined ? undefined : Number(after);
      return (await settings.history(query.key, before, limit)).map(shownChange);
    },
    (item) => String(item.version),
  );
}

const CHANGE_ERRORS = ["DYNAMIC_KEY_UNKNOWN", "DYNAMIC_VERSION_STALE", "DYNAMIC_VALUE_INVALID"];

export function settingsRoutes(settings: OfferedSettings, prefix = "/v1"): readonly Route[] {
  return [...changingRoutes(settings, prefix), ...readingRoutes(settings, prefix)];
}

const ADMINS: Access = { kind: "protected", roles: ["admin"], scope: "settings:write", rows: "notPersonal" };
const READERS: Access = {
  kind: "protected",
  roles: ["admin", "operator", "auditor"],
  scope: "settings:read",
  rows: "notPersonal",
};

function readingRoutes(settings: OfferedSettings, prefix: string): readonly Route[] {
  return [
    defineRoute(
      {
        id: "listSettings",
        method: "GET",
        path: `${prefix}/settings`,
        tag: TAG,
        summary: "Lists settings that can change at run time",
        access: READERS,
        answer: {
          status: 200,
          description: "all settings",
          schema: z.strictObject({ version, items: z.array(setting) }),
        },
        errors: [],
      },
      () => ({ version: settings.version(), items: currentSettings(settings) }),
    ),
    defineRoute(
      {
        id: "listSettingChanges",
        method: "GET",
        path: `${prefix}/setting-changes`,
        tag: TAG,
        summary: "Lists changes of settings with author and reason, newest first",
        access: READERS,
        query: z.strictObject({ ...pageQuery, key: settingKey.optional() }),
        answer: { status: 200, description: "a page", schema: pageOf(settingChange) },
        errors: ["CURSOR_INVALID", "DYNAMIC_KEY_UNKNOWN"],
      },
      ({ query }) => readChanges(settings, query, "setting-changes"),
    ),
  ];
}

function changingRoutes(settings: OfferedSettings, prefix: string): readonly Route[] {
  return [
    defineRoute(
      {
        id: "changeSetting",
        method: "PUT",
        path: `${prefix}/settings/{key}`,
        tag: TAG,
        summary: "Changes a setting in all processes",
        access: ADMINS,
        params: z.strictObject({ key: settingKey }),
        body: z.strictObject({ value, reason, basedOn: version.optional() }),
        answer: { status: 200, description: "the change", schema: settingChange },
        errors: [...CHANGE_ERRORS, "DYNAMIC_VALUE_INVALID"],
      },
      async ({ params, body, principal }) =>
        shownChange(
          await settings.change({ ...body, key: params.key, value: body.value ?? null, by: principal.id }),
        ),
    ),
    defineRoute(
      {
        id: "giveBackSetting",
        method: "DELETE",
        path: `${prefix}/settings/{key}`,
        tag: TAG,
        summary: "Restores the value of a setting from file and flags",
        access: ADMINS,
        params: z.strictObject({ key: settingKey }),
        query: z.strictObject({ reason }),
        answer: { status: 200, description: "the change", schema: settingChange },
        errors: CHANGE_ERRORS,
      },
      async ({ params, query, principal }) =>
        shownChange(
          await settings.change({
            key: params.key,
            value: undefined,
            reason: query.reason,
            by: principal.id,
          }),
        ),
    ),
  ];
}
