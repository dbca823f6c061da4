import { silentLog } from "@trellis/base";
import { describeDatabases, SILENT } from "@trellis/kit/databases";
import { afterEach, describe, expect, it } from "vitest";
import { type AtRest, openAtRest } from "../atRest/index.ts";
import { createLiveSettings, matching, type SettingsDefinition, wholeNumber } from "../config/index.ts";
import type { Database } from "../db/index.ts";
import { openTestApi } from "../http/testing/openTestApi.ts";
import { TestTime } from "../http/testing/TestTime.ts";
import {
  createMemoryChanges,
  openDatabaseChanges,
  openRuntimeSettings,
  type RuntimeSettings,
  settingsRoutes,
} from "./index.ts";
import { changeStoreSuite } from "./testing/changeStoreSuite.ts";

interface Limits {
  readonly gasMax: number;
  readonly mode: string;
  readonly port: number;
}

const definition: SettingsDefinition<Limits> = {
  section: "test",
  settings: {
    gasMax: {
      type: wholeNumber(1, 100, "gwei"),
      default: 10,
      value: "N",
      summary: "",
      isReloadable: true,
      isRuntime: true,
    },
    mode: {
      type: matching(/^[a-z]+$/, "a word"),
      default: "dry",
      value: "M",
      summary: "",
      isReloadable: true,
      isRuntime: true,
    },
    port: { type: wholeNumber(1, 9), default: 1, value: "N", summary: "" },
  },
};
const BASE: Limits = { gasMax: 10, mode: "dry", port: 1 };
const WHO = { by: "user:ann", reason: "a busy day" };

describeDatabases("runtime settings", ({ database, kind }) => {
  let count = 0;
  const opened: RuntimeSettings<Limits>[] = [];
  const open = async (schema = `dynamic_${kind}_${++count}`, db: Database = database(), atRest?: AtRest) => {
    const time = new TestTime(1_000);
    const changes = await openDatabaseChanges(schema, { database: db, atRest });
    const ports = { changes, clock: time, scheduler: time, log: silentLog };
    const settings = await openRuntimeSettings({ definition, base: BASE }, ports);
    opened.push(settings);
    return { settings, schema };
  };
  afterEach(async () => {
    for (const settings of opened.splice(0)) await settings.close();
  });

  changeStoreSuite((name) => openDatabaseChanges(`${name}_${kind}`, { database: database() }));

  it("REST-3: who changed a setting, and why, is encrypted", async () => {
    const schema = `dynamic_sealed_${kind}`;
    const masterKeys = () => [new Uint8Array(32).fill(7)];
    const atRest = await openAtRest(
      { schema: `${schema}_at_rest` },
      { ...SILENT, database: database(), masterKeys },
    );
    const { settings } = await open(schema, database(), atRest);
    const made = await settings.change({ key: "gasMax", value: 20, by: "user:canary", reason: "canary" });
    expect(made).toMatchObject({ by: "user:canary", reason: "canary" });
    expect(await settings.history("gasMax", undefined, 1)).toEqual([made]);
    const { rows } = await database().query(`SELECT row::text FROM ${schema}.setting_changes AS row`);
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain("canary");
  });

  it("the database overrides the configured value until the setting is reset; the history is kept", async () => {
    const { settings, schema } = await open();
    expect(settings.current()).toEqual(BASE);
    const told: unknown[] = [];
    settings.watch(({ gasMax, mode }, changed) => told.push({ gasMax, mode, changed: [...changed] }));
    await settings.change({ key: "gasMax", value: 20, ...WHO });
    expect(settings.current()).toEqual({ ...BASE, gasMax: 20 });
    await settings.change({ key: "gasMax", value: "20", by: "user:bob", reason: "the same" });
    settings.rebase({ ...BASE, gasMax: 30, mode: "wet" });
    expect(settings.current()).toEqual({ ...BASE, gasMax: 20, mode: "wet" });
    await settings.change({ key: "gasMax", value: undefined, ...WHO });
    expect(settings.current().gasMax).toBe(30);
    expect(told).toEqual([
      { gasMax: 20, mode: "dry", changed: ["gasMax"] },
      { gasMax: 20, mode: "wet", changed: ["mode"] },
      { gasMax: 30, mode: "wet", changed: ["gasMax"] },
    ]);
    expect(await settings.history(undefined, undefined, 10)).toEqual([
      { version: 3, key: "gasMax", value: undefined, ...WHO, timeMs: 1_000 },
      { version: 2, key: "gasMax", value: "20", by: "user:bob", reason: "the same", timeMs: 1_000 },
      { version: 1, key: "gasMax", value: 20, ...WHO, timeMs: 1_000 },
    ]);
    expect(await settings.history("mode", undefined, 10)).toEqual([]);
    expect((await settings.history("gasMax", 2, 10)).map(({ version }) => version)).toEqual([1]);
    const { settings: later } = await open(schema);
    expect(later.version()).toBe(3);
    expect([...later.changed()]).toEqual([]);
  });

  it("a change of one process reaches the others", async () => {
    const { settings, schema } = await open();
    const { settings: other } = await open(schema);
    const heard = new Promise((resolve) => other.watch(resolve));
    await settings.change({ key: "mode", value: "wet", ...WHO });
    expect(await heard).toMatchObject({ mode: "wet" });
    expect([...other.changed()]).toEqual(["mode"]);
  });

  it("API-20: a change that could not be read is read again until it succeeds", async () => {
    const { settings, schema } = await open();
    let failures = 0;
    const failing: Database = {
      ...database(),
      async openSchema<Tables>(...parts: Parameters<Database["openSchema"]>) {
        const tables = await database().openSchema<Tables>(...parts);
        const { db } = tables;
        const selectFrom = (...from: Parameters<typeof db.selectFrom>) => {
          if (failures === 0) return db.selectFrom(...from);
          failures -= 1;
          throw new TypeError("a statement takes too long");
        };
        return { ...tables, db: Object.assign(Object.create(db), { selectFrom }) };
      },
    };
    const { settings: other } = await open(schema, failing);
    const heard = new Promise((resolve) => other.watch(resolve));
    failures = 2;
    await settings.change({ key: "mode", value: "wet", ...WHO });
    expect(await heard).toMatchObject({ mode: "wet" });
    expect(failures).toBe(0);
  });

  it("DYNAMIC_VERSION_STALE: of concurrent changes of one version one succeeds", async () => {
    const { settings } = await open();
    const changes = Array.from({ length: 6 }, (_, n) =>
      settings.change({ key: "gasMax", value: n + 1, ...WHO, basedOn: 0 }),
    );
    const made = await Promise.allSettled(changes);
    expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const refused = made.find(({ status }) => status === "rejected");
    expect(refused).toMatchObject({ reason: { code: "DYNAMIC_VERSION_STALE", facts: { got: 0, held: 1 } } });
  });

  it.each([
    ["DYNAMIC_KEY_UNKNOWN", { key: "port", value: 2 }],
    ["DYNAMIC_KEY_UNKNOWN", { key: "__proto__", value: 2 }],
    ["DYNAMIC_KEY_UNKNOWN", { key: "'; DROP TABLE x; --", value: 2 }],
    ["DYNAMIC_VALUE_INVALID", { key: "gasMax", value: 101 }],
    ["DYNAMIC_VALUE_INVALID", { key: "gasMax", value: null }],
    ["DYNAMIC_VALUE_INVALID", { key: "mode", value: "a\0b" }],
    ["DYNAMIC_VALUE_INVALID: reason", { key: "gasMax", value: 2, reason: " " }],
    ["DYNAMIC_VALUE_INVALID: reason", { key: "gasMax", value: 2, reason: "x".repeat(501) }],
  ])("%s: %j", async (expected, change) => {
    const { settings } = await open();
    const [name, field] = expected.split(": ");
    await expect(settings.change({ ...WHO, ...change })).rejects.toMatchObject({
      code: name,
      facts: field === undefined ? {} : { field },
    });
    expect(settings.version()).toBe(0);
  });

  it("reports and ignores stored values that are no longer valid", async () => {
    const { settings, schema } = await open();
    await settings.change({ key: "gasMax", value: 90, ...WHO });
    const narrower: SettingsDefinition<Limits> = {
      ...definition,
      settings: {
        ...definition.settings,
        gasMax: { ...definition.settings.gasMax, type: wholeNumber(1, 50) },
      },
    };
    const told: string[] = [];
    const log = { ...silentLog, warn: (event: string) => told.push(event) };
    const time = new TestTime();
    const changes = await openDatabaseChanges(schema, { database: database() });
    const ports = { changes, clock: time, scheduler: time, log };
    const later = await openRuntimeSettings({ definition: narrower, base: BASE }, ports);
    opened.push(later);
    expect(later.current().gasMax).toBe(10);
    expect(told).toEqual(["settings.ignored"]);
  });
});

describe("settings that a process checks and applies itself", () => {
  const time = new TestTime(1_000);
  const change = (key: string, value: unknown) => ({ key, value, ...WHO });

  it("DYNAMIC_VALUE_INVALID: a refused or unstored change has no effect; changes wait for each other", async () => {
    const live = createLiveSettings(definition, BASE, async () => BASE);
    const applied: unknown[] = [];
    live.onReload(({ gasMax, mode }) => {
      if (gasMax === 66) throw new Error("nobody pays this");
      return () => void applied.push([gasMax, mode]);
    });
    let isFull = false;
    const changes = createMemoryChanges([], () => {
      if (isFull) throw new TypeError("the disk is full");
    });
    const ports = { changes, take: live.override, clock: time, scheduler: time, log: silentLog };
    const settings = await openRuntimeSettings({ definition, base: BASE }, ports);
    await expect(settings.change(change("gasMax", 66))).rejects.toMatchObject({
      code: "DYNAMIC_VALUE_INVALID",
      facts: { key: "gasMax", reason: "nobody pays this" },
    });
    isFull = true;
    await expect(settings.change(change("gasMax", 20))).rejects.toThrow("the disk is full");
    expect([settings.version(), settings.current(), live.current(), applied]).toEqual([0, BASE, BASE, []]);
    isFull = false;
    await Promise.all([settings.change(change("gasMax", "20")), settings.change(change("mode", "wet"))]);
    await settings.change(change("gasMax", undefined));
    expect(applied).toEqual([
      [20, "dry"],
      [20, "wet"],
      [10, "wet"],
    ]);
    expect(live.current()).toEqual({ ...BASE, mode: "wet" });
    expect(settings.current()).toEqual(live.current());
  });
});

describe("settings API", () => {
  const made: unknown[] = [];
  const routes = settingsRoutes({
    keys: ["gasMax", "mode"],
    current: () => BASE,
    version: () => 7,
    changed: () => new Set(["mode"]),
    change: async (change) => {
      made.push(change);
      const { key, value, by, reason } = change;
      return { key, value, by, reason, version: 8, timeMs: 1 };
    },
    history: async (_key, before = 4, limit) =>
      [3, 2, 1]
        .filter((version) => version < before)
        .slice(0, limit)
        .map((version) => ({ version, key: "mode", value: undefined, ...WHO, timeMs: 1 })),
  });

  it("lists settings, changes them with author and reason, resets them, and pages the history", async () => {
    const { server } = await openTestApi(routes);
    const as = (role: string) => ({ authorization: `Bearer ${role}`, "content-type": "application/json" });
    const listed = await server.inject({ url: "/v1/settings", headers: as("auditor") });
    expect(listed.json()).toEqual({
      version: 7,
      items: [
        { key: "gasMax", value: 10, isChanged: false },
        { key: "mode", value: "dry", isChanged: true },
      ],
    });
    const body = JSON.stringify({ value: 5, reason: "calm", basedOn: 7 });
    const put = { method: "PUT", url: "/v1/settings/gasMax", body } as const;
    expect((await server.inject({ ...put, headers: as("operator") })).statusCode).toBe(403);
    expect((await server.inject({ ...put, headers: as("admin") })).json()).toMatchObject({
      version: 8,
      value: 5,
    });
    const url = "/v1/settings/gasMax?reason=over";
    const back = await server.inject({ method: "DELETE", url, headers: as("admin") });
    expect(back.json()).toMatchObject({ value: null, reason: "over" });
    expect(made).toMatchObject([
      { key: "gasMax", value: 5, reason: "calm", basedOn: 7, by: "user:Bearer admin" },
      { key: "gasMax", value: undefined, reason: "over" },
    ]);
    const page = await server.inject({ url: "/v1/setting-changes?limit=2", headers: as("auditor") });
    const { items, next } = page.json();
    expect(items.map((item: { version: number }) => item.version)).toEqual([3, 2]);
    const rest = await server.inject({
      url: `/v1/setting-changes?limit=2&cursor=${next}`,
      headers: as("auditor"),
    });
    expect(rest.json()).toMatchObject({ items: [{ version: 1, value: null }], next: null });
    await server.close();
  });
});
