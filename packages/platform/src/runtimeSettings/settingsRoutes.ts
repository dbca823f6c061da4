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
const value = z.unknown().meta({ description: "as it stands in trellis.yaml" });
const version = z.int().min(0).meta({ description: "counts the changes of all settings" });
const reason = z
  .string()
  .min(1)
  .max(500)
  .meta({ description: "why", examples: ["a busy day"] });
const setting = z
  .strictObject({
    key: z.string(),
    value: value.meta({ description: "what counts now" }),
    isChanged: z.boolean().meta({ description: "whether it was changed here, or is that of file and flags" }),
  })
  .meta({ id: "Setting" });
export const settingChange = z
  .strictObject({
    version,
    key: z.string(),
    value: value.meta({ description: "null where the setting was given back to file and flags" }),
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

const CHANGE_ERRORS = ["DYNAMIC_KEY_UNKNOWN", "DYNAMIC_VERSION_STALE", "DYNAMIC_REASON_MISSING"];

export function settingsRoutes(settings: OfferedSettings): readonly Route[] {
  return [...changingRoutes(settings), ...readingRoutes(settings)];
}

const ADMINS: Access = { kind: "protected", roles: ["admin"], scope: "settings:write", rows: "notPersonal" };
const READERS: Access = {
  kind: "protected",
  roles: ["admin", "operator", "auditor"],
  scope: "settings:read",
  rows: "notPersonal",
};

function readingRoutes(settings: OfferedSettings): readonly Route[] {
  return [
    defineRoute(
      {
        id: "listSettings",
        method: "GET",
        path: "/v1/settings",
        tag: TAG,
        summary: "Settings that change while the service runs",
        access: READERS,
        answer: {
          status: 200,
          description: "all of them",
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
        path: "/v1/setting-changes",
        tag: TAG,
        summary: "Who changed which setting and why, newest first",
        access: READERS,
        query: z.strictObject({ ...pageQuery, key: settingKey.optional() }),
        answer: { status: 200, description: "a page", schema: pageOf(settingChange) },
        errors: ["CURSOR_INVALID", "DYNAMIC_KEY_UNKNOWN"],
      },
      ({ query }) => readChanges(settings, query, "setting-changes"),
    ),
  ];
}

function changingRoutes(settings: OfferedSettings): readonly Route[] {
  return [
    defineRoute(
      {
        id: "changeSetting",
        method: "PUT",
        path: "/v1/settings/{key}",
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
        path: "/v1/settings/{key}",
        tag: TAG,
        summary: "Gives a setting back to file and flags",
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
