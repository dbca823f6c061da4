import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHealth, type Health } from "../http/index.ts";
import { openTestApi, type TestApi } from "../http/testing/openTestApi.ts";
import { createLog, createLogTail, type ProcessLog } from "../log/index.ts";
import { createPrometheusMetrics, platformMetrics } from "../metrics/index.ts";
import { createLevelControl, operationsRoutes } from "./index.ts";

let api: TestApi;
let log: ProcessLog;
let health: Health;

beforeEach(async () => {
  const tail = createLogTail();
  log = createLog({ level: "info", destination: tail });
  health = createHealth({ state: "serving" });
  const metrics = createPrometheusMetrics({ process: false });
  metrics.gauge(platformMetrics.trellis_guard_bans).set(7);
  const setting = { value: 1, isHidden: false, origin: "default", summary: "a port" };
  const ports = {
    service: "test",
    version: "1.2.3",
    startedAtMs: 5,
    nowMs: () => 9,
    health,
    metrics,
    tail,
    levels: createLevelControl(log, log.child("operations")),
    profiler: { take: async (kind: string, ms: number) => JSON.stringify({ kind, ms }) },
    configuration: () => [{ ...setting, key: "port", isReloadable: false, isDynamic: false }],
  };
  api = await openTestApi(operationsRoutes(ports, "/node/v1"));
});

afterEach(() => api.server.close());

async function ask(path: string, role = "operator", body?: object) {
  const answer = await api.server.inject({
    method: body === undefined ? "GET" : "PUT",
    url: `/node/v1/operations/${path}`,
    headers: { authorization: `Bearer ${role}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  });
  const isJson = String(answer.headers["content-type"]).includes("json");
  return { status: answer.statusCode, body: isJson ? answer.json() : answer.payload };
}

describe("operations API", () => {
  it("health names every part, and why a part is not ready", async () => {
    health.addCheck("chain", () => undefined);
    health.addCheck("sync", () => "12 blocks behind");
    expect((await ask("health", "auditor")).body).toEqual({
      service: "test",
      version: "1.2.3",
      startedAtMs: 5,
      nowMs: 9,
      isReady: false,
      parts: [
        { name: "process", reason: null },
        { name: "chain", reason: null },
        { name: "sync", reason: "12 blocks behind" },
      ],
    });
  });

  it("returns metrics and settings", async () => {
    expect((await ask("metrics")).body).toContain("trellis_guard_bans 7");
    expect((await ask("configuration")).body).toMatchObject({ items: [{ key: "port", origin: "default" }] });
  });

  it("reads the log from a position, by level and module", async () => {
    log.child("chain").info("block added", { number: 7n });
    log.child("rpc").error("request.failed");
    const first = await ask("log?limit=1");
    expect(first.body).toMatchObject({ items: [{ event: "request.failed", module: "rpc" }], next: 2 });
    log.child("chain").warn("block.refused");
    expect((await ask("log?after=2&module=chain&level=warn")).body).toEqual({
      items: [expect.objectContaining({ event: "block.refused", position: 3, facts: {} })],
      next: 3,
      missedCount: 0,
    });
  });

  it("changes levels at once, and logs by whom and why", async () => {
    const chain = log.child("chain");
    const change = { level: "warn", byModule: { chain: "debug" }, reason: "a look" };
    expect(await ask("log-levels", "operator", change)).toMatchObject({
      status: 200,
      body: { level: "warn", byModule: { chain: "debug" }, modules: ["chain", "operations"] },
    });
    chain.debug("seen");
    log.child("rpc").info("not seen");
    const { items } = (await ask("log")).body;
    expect(items).toMatchObject([
      { event: "logLevels.changed", facts: { by: "user:Bearer operator", reason: "a look" } },
      { event: "seen" },
    ]);
  });

  it("takes a profile for an admin only, of a bounded time", async () => {
    const taken = await ask("profile?kind=heap&seconds=2", "admin");
    expect(taken).toMatchObject({ status: 200, body: { kind: "heap", ms: 2_000 } });
    expect(await ask("profile?kind=cpu&seconds=2")).toMatchObject({ status: 403 });
    for (const query of ["kind=cpu", "kind=cpu&seconds=0", "kind=cpu&seconds=121", "kind=disk&seconds=1"]) {
      expect(await ask(`profile?${query}`, "admin")).toMatchObject({ status: 400 });
    }
  });

  it("REQUEST_INVALID: unknown levels and modules, and no reason", async () => {
    const good = { level: "warn", byModule: {}, reason: "a look" };
    for (const bad of [
      { level: "loud" },
      { byModule: { "<script>": "warn" } },
      { reason: "" },
      { extra: 1 },
    ]) {
      expect(await ask("log-levels", "operator", { ...good, ...bad })).toMatchObject({
        status: 400,
        body: { code: "REQUEST_INVALID" },
      });
    }
    expect(log.levels()).toEqual({ level: "info", byModule: {} });
  });

  it("ROLE_FORBIDDEN: an auditor reads no log and changes no level", async () => {
    for (const [path, body] of [
      ["log"],
      ["log-levels", { level: "info", byModule: {}, reason: "x" }],
    ] as const) {
      expect(await ask(path, "auditor", body)).toMatchObject({
        status: 403,
        body: { code: "ROLE_FORBIDDEN" },
      });
    }
    expect(await ask("health", "customer")).toMatchObject({ status: 403 });
  });
});
