import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { type Log, silentLog } from "@trellis/base";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLifecycle } from "../lifecycle/createLifecycle.ts";
import type { Lifecycle } from "../lifecycle/Lifecycle.ts";
import { createPrometheusMetrics } from "../metrics/createPrometheusMetrics.ts";
import { createHealth, type Health } from "./createHealth.ts";
import { openServicePort, type ServicePort } from "./openServicePort.ts";

let lifecycle: Lifecycle;
let health: Health;
let port: ServicePort;
let logged: string[];
let slow: ReturnType<typeof slowRequest>;

const ANY_PORT = { host: "127.0.0.1", port: 0 };

beforeEach(async () => {
  lifecycle = createLifecycle({ log: silentLog });
  health = createHealth(lifecycle);
  logged = [];
  slow = slowRequest();
  const log: Log = { ...silentLog, error: (event) => logged.push(event) };
  port = await openServicePort(ANY_PORT, {
    log,
    metrics: createPrometheusMetrics({ process: false }),
    health,
    addRoutes: (server) => {
      server.get("/broken", () => {
        throw new Error("a secret detail");
      });
      server.get("/slow", async () => {
        slow.arrive();
        await slow.finished;
        return "done";
      });
      server.post("/echo", (incoming) => incoming.body);
    },
  });
});

afterEach(() => port.close());

function slowRequest() {
  const arrival = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  return {
    arrived: arrival.promise,
    arrive: arrival.resolve,
    finished: end.promise,
    finish: end.resolve,
  };
}

async function get(path: string) {
  const response = await fetch(`${port.url}${path}`);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

describe("service port", () => {
  it("uses a free port and reports it", () => {
    expect(port.port).toBeGreaterThan(0);
    expect(port.url).toBe(`http://127.0.0.1:${port.port}`);
  });

  it("/health answers while the process lives", async () => {
    expect(await get("/health")).toMatchObject({ status: 200, text: '{"status":"alive"}' });
  });

  it("/startup is 503 until startup has completed", async () => {
    expect(await get("/startup")).toMatchObject({ status: 503, text: '{"status":"starting"}' });
    lifecycle.serving();
    expect(await get("/startup")).toMatchObject({ status: 200, text: '{"status":"started"}' });
  });

  it("/ready is 503 with the reasons of each part, and 200 without any", async () => {
    expect(JSON.parse((await get("/ready")).text)).toEqual({
      status: "unavailable",
      reasons: { process: "starting" },
      warnings: {},
    });
    lifecycle.serving();
    let blocksBehind = 12;
    const remove = health.addCheck("sync", () =>
      blocksBehind > 0 ? `${blocksBehind} blocks behind` : undefined,
    );
    const removeBroken = health.addCheck("database", () => {
      throw new Error("connection lost");
    });
    const bad = await get("/ready");
    expect(bad.status).toBe(503);
    expect(JSON.parse(bad.text).reasons).toEqual({ sync: "12 blocks behind", database: "connection lost" });
    removeBroken();
    blocksBehind = 0;
    expect(await get("/ready")).toMatchObject({
      status: 200,
      text: '{"status":"ready","reasons":{},"warnings":{}}',
    });
    remove();
    await lifecycle.stop("test");
    expect((await get("/ready")).status).toBe(503);
  });

  it("/ready is 200 with a warning", async () => {
    lifecycle.serving();
    health.addCheck("finality", () => ({ warning: "the network stalls" }));
    const { status, text } = await get("/ready");
    expect([status, JSON.parse(text)]).toEqual([
      200,
      { status: "ready", reasons: {}, warnings: { finality: "the network stalls" } },
    ]);
  });

  it("while draining, /ready is 503, requests are served, and answers close their connections", async () => {
    lifecycle.serving();
    expect((await get("/ready")).headers.get("connection")).toBe("keep-alive");
    lifecycle.drain();
    expect(await get("/ready")).toMatchObject({
      status: 503,
      text: expect.stringContaining('"process":"draining"'),
    });
    const { status, headers } = await get("/health");
    expect([status, headers.get("connection")]).toEqual([200, "close"]);
  });

  it("a request in progress is answered before the port closes", async () => {
    const answer = get("/slow");
    await slow.arrived;
    const closed = port.close();
    const isRefused = async () =>
      get("/health").then(
        ({ status }) => status === 503,
        () => true,
      );
    await expect.poll(isRefused).toBe(true);
    slow.finish();
    expect(await answer).toMatchObject({ status: 200, text: "done" });
    await closed;
  });

  it("/metrics says whether the service is ready", async () => {
    expect((await get("/metrics")).text).toMatch(/^trellis_ready 0$/m);
    await lifecycle.start(
      "ready",
      async () => undefined,
      async () => undefined,
    );
    lifecycle.serving();
    expect((await get("/metrics")).text).toMatch(/^trellis_ready 1$/m);
    health.addCheck("database", () => "lost");
    expect((await get("/metrics")).text).toMatch(/^trellis_ready 0$/m);
  });

  it("/metrics has the Prometheus format", async () => {
    const answer = await get("/metrics");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toContain("text/plain");
  });

  it.each([
    { "x-forwarded-for": "203.0.113.1" },
    { forwarded: "for=203.0.113.1" },
    { "x-forwarded-for": "" },
  ])("/metrics is hidden from clients of a proxy: %j", async (headers) => {
    const answer = await fetch(`${port.url}/metrics`, { headers: headers as Record<string, string> });
    expect(answer.status).toBe(404);
    expect(await answer.text()).not.toContain("trellis_");
    expect((await fetch(`${port.url}/health`, { headers: headers as Record<string, string> })).status).toBe(
      200,
    );
  });

  it("answers forbid caching and content sniffing", async () => {
    const { headers } = await get("/ready");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });

  it("an unknown path is 404 with a hint, and repeats nothing of the request", async () => {
    const answer = await get("/<script>");
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.text)).toMatchObject({
      code: "NOT_FOUND",
      hint: expect.stringContaining("/health"),
    });
    expect(answer.text).not.toContain("script");
  });

  it("a defect is 500 without details, which are logged", async () => {
    const answer = await get("/broken");
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain("secret");
    expect(logged).toEqual(["request.failed"]);
  });

  it("refuses a body over the limit and a body that is not JSON", async () => {
    const post = (body: string) =>
      fetch(`${port.url}/echo`, { method: "POST", body, headers: { "content-type": "application/json" } });
    expect((await post("1")).status).toBe(200);
    expect((await post("{")).status).toBe(400);
    expect((await post(`"${"x".repeat(1_048_576)}"`)).status).toBe(413);
  });

  it("CROSS_SITE_REQUEST: on every path, for every name except localhost, IP addresses and configured names [RPC-19]", async () => {
    const named = await openServicePort(
      { ...ANY_PORT, hosts: ["node.example"] },
      {
        log: silentLog,
        metrics: createPrometheusMetrics({ process: false }),
        health,
        addRoutes: (server) => void server.post("/echo", () => "echo"),
      },
    );
    const ask = async (host: string, path: string, method = "GET") => {
      const asked = request(`${named.url}${path}`, { method, headers: { host } }).end();
      const [answer] = (await once(asked, "response")) as [IncomingMessage];
      return { status: answer.statusCode, text: (await answer.toArray()).join("") };
    };
    const paths = ["/health", "/ready", "/startup", "/metrics", "/nowhere", "/%zz"];
    for (const path of paths) {
      for (const host of ["evil.example", "localhost.evil.example:8080", "127.0.0.1.evil.example"]) {
        const { status, text } = await ask(host, path);
        const { code, facts } = JSON.parse(text);
        expect([path, host, status, code, facts.reason]).toEqual([
          ...[path, host, 403, "CROSS_SITE_REQUEST", "host name not allowed"],
        ]);
      }
    }
    expect((await ask("evil.example", "/echo", "POST")).status).toBe(403);
    for (const host of ["localhost:1", "127.0.0.1", "[::1]:8080", "NODE.example:8080"]) {
      expect((await ask(host, "/health")).status).toBe(200);
      expect((await ask(host, "/nowhere")).status).toBe(404);
    }
    await named.close();
  });

  it("PORT_UNAVAILABLE: the port is in use", async () => {
    const taken = openServicePort(
      { host: "127.0.0.1", port: port.port },
      { log: silentLog, metrics: createPrometheusMetrics({ process: false }), health },
    );
    await expect(taken).rejects.toMatchObject({
      code: "PORT_UNAVAILABLE",
      facts: { port: port.port, reason: expect.stringContaining("EADDRINUSE") },
      hint: expect.stringMatching(/EADDRINUSE: .*EACCES: .*EADDRNOTAVAIL: /),
    });
  });

  it("closes although a client keeps its connection open", async () => {
    const socketOpen = new Promise((resolve) => {
      const open = request(`${port.url}/health`, { headers: { connection: "keep-alive" } }, resolve);
      open.on("error", () => {});
      open.end();
    });
    await socketOpen;
    await port.close();
    await expect(fetch(`${port.url}/health`)).rejects.toThrow();
  });
});
