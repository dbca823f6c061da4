import { once } from "node:events";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { silentLog, silentMetrics } from "@trellis/base";
import { authErrors } from "@trellis/platform";
import {
  type AccessPrincipal,
  AddressList,
  type ArrivalFacts,
  anonymousPrincipal,
  type Caller,
  Guard,
  type GuardLimits,
  Permissions,
  Visitors,
} from "@trellis/platform/guard";
import { systemClock } from "@trellis/platform/system";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { DEFAULT_RPC_TIMES } from "../options.ts";
import type { JsonRpcAnswer } from "../testing/FakeNode.ts";
import { openServer } from "../testing/openServer.ts";

const CLIENT = { "x-forwarded-for": "203.0.113.7" };
const KEY = { ...CLIENT, authorization: "Bearer backend" };
const BACKEND: AccessPrincipal = {
  id: "key:backend",
  permissions: new Permissions(["eth:*", "debug:traceCall", "admin:peers"]),
  priority: "normal",
};
const chainId = { jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] };
const body = (method: string, ...params: unknown[]): string => JSON.stringify({ ...chainId, method, params });
const parsed = ({ text }: { readonly text: string }) => JSON.parse(text) as JsonRpcAnswer;

/** Skips `settle`: durations depend on the machine. */
class UnsettledGuard extends Guard {
  override identify(arrival: ArrivalFacts): Caller | Promise<Caller> {
    const unsettled = (caller: Caller): Caller => Object.assign(caller, { settle: () => {} });
    const identified = super.identify(arrival);
    return identified instanceof Promise ? identified.then(unsettled) : unsettled(identified);
  }
}

let ofToken: () => Promise<AccessPrincipal>;

function openGuard(limits: Partial<GuardLimits> = {}, hidesMethods = false, clock = systemClock): Guard {
  const ports = { clock, log: silentLog };
  return new UnsettledGuard(
    {
      windowMs: 60_000,
      limits: {
        perAddress: 100,
        perPrincipal: 1_000,
        perConnection: 0,
        perMethod: new Map(),
        connectionsMax: 100,
        connectionsPerAddress: 3,
        connectionsPerPrincipal: 2,
        ...limits,
      },
      trustedProxies: new AddressList(["127.0.0.0/8", "::1"]),
      anonymous: anonymousPrincipal(["eth:*", "net:*", "rpc:*"]),
      hidesMethods,
      requiresForwarding: false,
    },
    {
      ...ports,
      visitors: new Visitors(60_000, { allow: [], deny: [] }, ports),
      metrics: silentMetrics,
      credentials: {
        identify({ headers: { authorization } }) {
          if (authorization === undefined) return undefined;
          if (authorization === "Bearer backend") return BACKEND;
          if (authorization === "Bearer later") return Promise.resolve({ ...BACKEND, id: "key:later" });
          if (authorization === "Bearer token") return ofToken();
          if (authorization === "Bearer expired") return Promise.reject(authErrors.TOKEN_EXPIRED());
          throw authErrors.API_KEY_UNKNOWN();
        },
      },
    },
  );
}

describe("JSON-RPC with a guard", () => {
  it("does not limit programs on this machine, and shows them no limits", async () => {
    const server = await openServer({ guard: openGuard({ perAddress: 1 }) });
    for (let n = 0; n < 20; n++) {
      const { status, headers } = await server.post(body("eth_chainId"));
      expect([status, headers.ratelimit]).toEqual([200, undefined]);
    }
    expect((await server.call("debug_getRawHeader", "latest")).error).toBeUndefined();
  });

  it("429 and -32005 with Retry-After and RateLimit fields [GUARD-3]", async () => {
    const server = await openServer({ guard: openGuard({ perAddress: 3 }) });
    for (const remaining of [2, 1, 0]) {
      const { status, headers } = await server.post(body("eth_chainId"), CLIENT);
      expect(status).toBe(200);
      expect(headers["ratelimit-policy"]).toBe('"address";q=3;w=60');
      expect(headers.ratelimit).toBe(`"address";r=${remaining};t=60`);
    }
    const refused = await server.post(body("eth_chainId"), CLIENT);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(50);
    expect(parsed(refused)).toMatchObject({
      id: 1,
      error: { code: -32005, data: { code: "RATE_LIMITED", limit: 3, policy: "address" } },
    });
    expect((await server.post(body("eth_chainId"), { "x-forwarded-for": "203.0.113.8" })).status).toBe(200);
  });

  it("every entry of a batch counts; a partly answered batch is a success [GUARD-3]", async () => {
    const server = await openServer({ guard: openGuard({ perAddress: 5 }) });
    const batch = JSON.stringify(Array.from({ length: 8 }, (_, id) => ({ ...chainId, id })));
    const first = await server.post(batch, CLIENT);
    expect(first.status).toBe(200);
    const answers = JSON.parse(first.text) as JsonRpcAnswer[];
    expect(answers.filter(({ result }) => result !== undefined)).toHaveLength(5);
    expect(answers.slice(5).every(({ error }) => error?.code === -32005)).toBe(true);
    expect((await server.post(batch, CLIENT)).status).toBe(429);
  });

  it("every message of a WebSocket counts [GUARD-3]", async () => {
    const server = await openServer({ guard: openGuard({ perAddress: 5 }) });
    const [socket, other] = [await server.webSocket(CLIENT), await server.webSocket(CLIENT)];
    for (let n = 0; n < 5; n++)
      expect((await (n % 2 ? socket : other).call("eth_chainId")).result).toBeDefined();
    expect((await socket.call("eth_chainId")).error?.code).toBe(-32005);
    expect((await other.call("eth_chainId")).error?.code).toBe(-32005);
  });

  it("403 and -32001 without permission; missing methods stay missing [GUARD-2]", async () => {
    const server = await openServer({ guard: openGuard() });
    const refused = await server.post(body("debug_traceCall", {}), CLIENT);
    expect(refused.status).toBe(403);
    expect(parsed(refused).error).toMatchObject({
      code: -32001,
      data: {
        code: "SCOPE_FORBIDDEN",
        hint: expect.stringContaining("Authorization"),
        facts: { needed: "debug:traceCall" },
      },
    });
    const missing = await server.post(body("debug_nothing"), CLIENT);
    expect([missing.status, parsed(missing).error?.code]).toEqual([200, -32601]);
    const allowed = await server.post(body("debug_traceCall", { to: `0x${"11".repeat(20)}` }), KEY);
    expect(parsed(allowed).error?.code).not.toBe(-32001);
  });

  it("where configured, methods without permission look missing [GUARD-2]", async () => {
    const server = await openServer({ guard: openGuard({}, true) });
    const [hidden, missing] = [
      await server.post(body("debug_traceCall", {}), CLIENT),
      await server.post(body("debug_nothing"), CLIENT),
    ];
    expect(hidden.status).toBe(missing.status);
    expect(hidden.text.replaceAll("traceCall", "nothing")).toBe(missing.text);
  });

  it("rpc_modules and rpc.discover show what the caller may call, with weights [GUARD-4]", async () => {
    const server = await openServer({ guard: openGuard() });
    const modules = async (headers: object) =>
      Object.keys(parsed(await server.post(body("rpc_modules"), { ...headers })).result as object);
    expect(await modules(CLIENT)).toEqual(["eth", "net", "rpc"]);
    expect(await modules({})).toContain("debug");
    const document = parsed(await server.post(body("rpc.discover"), CLIENT)).result as {
      methods: { name: string; "x-weight": number }[];
    };
    const weights = Object.fromEntries(document.methods.map((method) => [method.name, method["x-weight"]]));
    expect(weights).toMatchObject({ eth_chainId: 1, eth_call: 50 });
    expect(weights).not.toHaveProperty("debug_traceCall");
  });

  it("admin methods are served to programs of other machines only by name [GUARD-2]", async () => {
    const server = await openServer({ guard: openGuard() });
    expect(parsed(await server.post(body("admin_peers"), KEY)).result).toBeDefined();
    expect(parsed(await server.post(body("admin_bans"), KEY)).error?.code).toBe(-32601);
    expect(parsed(await server.post(body("admin_peers"), CLIENT)).error?.code).toBe(-32601);
  });

  it("credentials: 401 for wrong ones, asynchronous ones are awaited [GUARD-2]", async () => {
    const server = await openServer({ guard: openGuard() });
    for (const [bearer, code] of [
      ["wrong", "API_KEY_UNKNOWN"],
      ["expired", "TOKEN_EXPIRED"],
    ]) {
      const refused = await server.post(body("eth_chainId"), {
        ...CLIENT,
        authorization: `Bearer ${bearer}`,
      });
      expect(refused.status).toBe(401);
      expect(refused.headers["www-authenticate"]).toBe(`Bearer error="${code}"`);
      expect(parsed(refused).error).toMatchObject({ code: -32001, data: { code } });
    }
    const later = await server.post(body("eth_chainId"), { ...CLIENT, authorization: "Bearer later" });
    expect([later.status, later.headers["ratelimit-policy"]]).toEqual([200, '"principal";q=1000;w=60']);
    const socket = await server.webSocket({ authorization: "Bearer later" });
    expect((await socket.call("eth_chainId")).result).toBeDefined();
    await expect(server.webSocket({ authorization: "Bearer wrong" })).rejects.toThrow("401");
    await expect(server.webSocket({ authorization: "Bearer expired" })).rejects.toThrow("401");
  });

  describe("a token that expires ends the rights of its open connections [GUARD-2]", () => {
    const TOKEN = { ...CLIENT, authorization: "Bearer token" };
    let aheadMs = 0;
    const clock = { nowMs: () => systemClock.nowMs() + aheadMs };
    beforeEach(() => {
      aheadMs = 0;
      ofToken = async () => {
        if (aheadMs > 0) throw authErrors.TOKEN_EXPIRED();
        return { ...BACKEND, validMs: 600_000 };
      };
    });

    it("kept HTTP connections", async () => {
      const server = await openServer({ guard: openGuard({}, false, clock) });
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      onTestFinished(() => agent.destroy());
      const statusOf = async (): Promise<number> => {
        const headers = { ...TOKEN, "content-type": "application/json" };
        const request = httpRequest(server.server.url, { method: "POST", agent, headers });
        request.end(body("admin_peers"));
        const [response] = (await once(request, "response")) as [IncomingMessage];
        response.resume();
        await once(response, "end");
        return response.statusCode!;
      };
      expect([await statusOf(), await statusOf()]).toEqual([200, 200]);
      aheadMs = 600_000;
      expect(await statusOf()).toBe(401);
    });

    it("WebSockets", async () => {
      const server = await openServer({ guard: openGuard({}, false, clock) });
      const { socket } = await server.webSocket(TOKEN);
      const closed = once(socket, "close");
      aheadMs = 600_000;
      socket.send(body("admin_peers"));
      expect((await closed)[0]).toBe(1008);
    });

    it("WebSockets that only receive", async () => {
      const guard = openGuard({}, false, clock);
      const server = await openServer({ guard, times: { ...DEFAULT_RPC_TIMES, pingMs: 500 } });
      const client = await server.webSocket(TOKEN);
      await client.subscribe("newHeads");
      aheadMs = 600_000;
      expect((await once(client.socket, "close"))[0]).toBe(1008);
    });

    it("no message is answered with the earlier rights while the token is verified", async () => {
      const answers: (() => void)[] = [];
      let count = 0;
      ofToken = async () => {
        if (count++ > 0) await new Promise<void>((resolve) => answers.push(resolve));
        return count > 1 ? { ...BACKEND, permissions: new Permissions(["eth:*"]) } : BACKEND;
      };
      const guard = openGuard();
      const server = await openServer({ guard });
      const client = await server.webSocket(TOKEN);
      expect((await client.call("admin_peers")).result).toBeDefined();
      guard.change({});
      const calls = Promise.all([client.call("admin_peers"), client.call("eth_chainId")]);
      await expect.poll(() => answers).toHaveLength(1);
      answers[0]!();
      const [forbidden, allowed] = await calls;
      expect([forbidden.result, forbidden.error?.code]).toEqual([undefined, -32601]);
      expect(allowed.result).toBeDefined();
      expect(count).toBe(2);
    });
  });

  it("bans: 403 with Retry-After, open WebSockets close, and an unbanned client is served [GUARD-6]", async () => {
    const guard = openGuard();
    const server = await openServer({ guard });
    const socket = await server.webSocket(CLIENT);
    expect((await socket.call("eth_chainId")).result).toBeDefined();
    guard.visitors.ban({
      network: "203.0.113.0/24",
      untilMs: Date.now() + 60_000,
      reason: "test",
      by: "user:root",
    });
    const refused = await server.post(body("eth_chainId"), KEY);
    expect(refused.status).toBe(403);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(50);
    const closed = new Promise((resolve) => socket.socket.once("close", resolve));
    socket.socket.send(body("eth_chainId"));
    expect(await closed).toBe(1008);
    guard.visitors.unban("203.0.113.0/24");
    expect((await server.post(body("eth_chainId"), CLIENT)).status).toBe(200);
  });

  it("a bad reputation slows answers over HTTP and WebSocket [GUARD-6]", async () => {
    const guard = openGuard();
    const server = await openServer({ guard });
    const socket = await server.webSocket(CLIENT);
    const visitor = guard.visitors.at("203.0.113.7");
    for (let n = 0; n < 20; n++) guard.offend(visitor, "malformed");
    const timed = async (run: () => Promise<unknown>): Promise<number> => {
      const startMs = performance.now();
      await run();
      return performance.now() - startMs;
    };
    expect(await timed(() => server.post(body("eth_chainId"), CLIENT))).toBeGreaterThan(200);
    await socket.call("eth_chainId");
    expect(await timed(() => socket.call("eth_chainId"))).toBeGreaterThan(200);
    expect((await server.post(body("eth_chainId"), KEY)).status).toBe(200);
  });

  it("429 above the WebSockets of a principal [GUARD-7]", async () => {
    const server = await openServer({ guard: openGuard() });
    const sockets = [await server.webSocket(KEY), await server.webSocket(KEY)];
    await expect(server.webSocket(KEY)).rejects.toThrow("429");
    sockets[0]!.socket.terminate();
    await expect
      .poll(() =>
        server.webSocket(KEY).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
  });

  it("malformed messages and unknown methods lower the reputation [GUARD-6]", async () => {
    const guard = openGuard();
    const server = await openServer({ guard });
    for (let n = 0; n < 60; n++) await server.post("nonsense", CLIENT);
    expect((await server.post(body("eth_chainId"), CLIENT)).status).toBe(403);
    expect((await server.post(body("eth_chainId"), KEY)).status).toBe(200);
    expect((await server.post(body("eth_chainId"))).status).toBe(200);
  });
});
