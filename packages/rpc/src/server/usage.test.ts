import { connect } from "node:net";
import { silentLog, silentMetrics } from "@trellis/base";
import { authErrors } from "@trellis/platform";
import { AddressList, anonymousPrincipal, Guard, Permissions, Visitors } from "@trellis/platform/guard";
import { systemClock } from "@trellis/platform/system";
import { beforeEach, expect, it, onTestFinished } from "vitest";
import { openServer } from "../testing/openServer.ts";

interface Counted {
  calls: number;
  bytesIn: number;
  bytesOut: number;
}

const NONE = "not identified";
let server: Awaited<ReturnType<typeof openServer>>;
let counted: Map<string, Counted>;

beforeEach(async () => {
  counted = new Map();
  const ports = { clock: systemClock, log: silentLog };
  const guard = new Guard(
    {
      windowMs: 60_000,
      limits: {
        perAddress: 1_000,
        perPrincipal: 1_000,
        perConnection: 0,
        perMethod: new Map([["eth_gasPrice", 1]]),
        connectionsMax: 100,
        connectionsPerAddress: 10,
        connectionsPerPrincipal: 10,
      },
      trustedProxies: new AddressList(["127.0.0.0/8", "::1"]),
      anonymous: anonymousPrincipal(["eth:*"]),
      hidesMethods: false,
      requiresForwarding: false,
    },
    {
      ...ports,
      metrics: silentMetrics,
      visitors: new Visitors(60_000, { allow: [], deny: [] }, ports),
      credentials: {
        identify({ headers: { authorization } }) {
          if (authorization === undefined) return undefined;
          const name = authorization.slice("Bearer ".length);
          if (name === "unknown") throw authErrors.API_KEY_UNKNOWN();
          return {
            id: `key:${name}`,
            tenant: "alice",
            permissions: new Permissions(["eth:*"]),
            priority: "normal",
          };
        },
      },
    },
  );
  server = await openServer({
    guard,
    usage: {
      count(caller, bytesIn, bytesOut, calls) {
        const id = caller === undefined ? NONE : `${caller.tenant} ${caller.name}`;
        const sum = counted.get(id) ?? { calls: 0, bytesIn: 0, bytesOut: 0 };
        counted.set(id, {
          calls: sum.calls + calls,
          bytesIn: sum.bytesIn + bytesIn,
          bytesOut: sum.bytesOut + bytesOut,
        });
      },
    },
  });
});

const key = (name: string) => ({ authorization: `Bearer ${name}` });
const call = (method = "eth_chainId", params: unknown[] = []) => ({ jsonrpc: "2.0", id: 1, method, params });
const callsOf = (id: string): number | undefined => counted.get(id)?.calls;

it("COST-1: counts messages and entries of batches by key, also refused ones", async () => {
  const post = (body: unknown, name: string) => server.post(JSON.stringify(body), key(name));
  await post(call(), "a");
  await post([call(), call("admin_peers"), call("nothing"), 7], "b");
  for (const _ of [1, 2, 3]) await post(call("eth_gasPrice"), "c");
  await server.post("{", key("d"));
  expect((await post(call(), "unknown")).status).toBe(401);
  await server.post(JSON.stringify(call()));
  const calls = [...counted].map(([id, sum]) => [id, sum.calls]);
  expect(calls).toEqual([
    ["alice key:a", 1],
    ["alice key:b", 4],
    ["alice key:c", 3],
    ["alice key:d", 1],
    [NONE, 1],
    ["undefined local", 1],
  ]);
});

it("COST-1: each byte of a connection counts once, for the caller of its request", async () => {
  const socket = connect(server.port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  let received = 0;
  socket.on("data", ({ length }) => {
    received += length;
  });
  let sent = 0;
  const send = async (name: string, body: string): Promise<number> => {
    const text = `POST / HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${name}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    const before = callsOf(`alice key:${name}`) ?? 0;
    socket.write(text);
    sent += text.length;
    await expect.poll(() => callsOf(`alice key:${name}`) ?? 0).toBeGreaterThan(before);
    return text.length;
  };
  const large = JSON.stringify(
    Array.from({ length: 900 }, () => call("eth_getBlockByNumber", ["latest", true])),
  );
  const own = { a: 0, b: 0 };
  own.a += await send("a", JSON.stringify(call()));
  own.b += await send("b", large);
  own.a += await send("a", JSON.stringify(call()));
  expect(counted.get("alice key:a")).toMatchObject({ calls: 2, bytesIn: own.a });
  expect(counted.get("alice key:b")).toMatchObject({ calls: 900, bytesIn: own.b });
  const total = () => [...counted.values()].reduce((sum, { bytesOut }) => sum + bytesOut, 0);
  await expect.poll(() => [received, received > 64 * 1024]).toEqual([total(), true]);
  expect(counted.get("alice key:b")!.bytesOut).toBeGreaterThan(64 * 1024);
  expect(sent).toBe(own.a + own.b);
});

it("COST-1: pipelined requests and a connection that ends count all bytes", async () => {
  const body = JSON.stringify(call());
  const text = `POST / HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer a\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  const socket = connect(server.port, "127.0.0.1");
  let received = 0;
  socket.on("data", ({ length }) => {
    received += length;
  });
  socket.write(text.repeat(5));
  await expect.poll(() => callsOf("alice key:a")).toBe(5);
  await expect.poll(() => received).toBeGreaterThan(5 * 100);
  socket.end();
  const all = () => [counted.get("alice key:a")!.bytesIn, counted.get("alice key:a")!.bytesOut];
  await expect.poll(all).toEqual([text.length * 5, received]);
});

it("COST-1: WebSocket messages count by entry; notifications and the end count bytes", async () => {
  const client = await server.webSocket(key("ws"));
  await client.call("eth_chainId");
  const subscription = await client.subscribe("newHeads");
  client.socket.send(JSON.stringify([call(), call(), call()]));
  await client.next((message) => Array.isArray(message));
  await expect.poll(() => callsOf("alice key:ws")).toBe(5);
  const before = counted.get("alice key:ws")!.bytesOut;
  server.fake.chain.add();
  await client.notified(subscription);
  client.socket.close();
  await expect.poll(() => counted.get("alice key:ws")!.bytesOut).toBeGreaterThan(before + 200);
  expect(callsOf("alice key:ws")).toBe(5);
});
