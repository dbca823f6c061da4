import type { AddressInfo } from "node:net";
import { silentLog, type TrellisError } from "@trellis/base";
import { VirtualTime } from "@trellis/kit/time";
import type { FastifyInstance } from "fastify";
import { afterEach, beforeEach, expect, it } from "vitest";
import { WebSocket } from "ws";
import { authErrors } from "../auth/errors.ts";
import type { Principal } from "../auth/Principal.ts";
import { dbErrors } from "../db/errors.ts";
import { addEventSocket, type StreamedEvent } from "./addEventSocket.ts";
import { createServer } from "./createServer.ts";
import { countingRandom } from "./testing/TestTime.ts";

const OPERATOR: Principal = {
  id: "key:1",
  kind: "apiKey",
  role: "operator",
  customerId: undefined,
  scopes: "all",
};

const soon = <T>(value: () => T) => expect.poll(value);

let nowMs: number;
let time: VirtualTime;
let server: FastifyInstance;
let shown: Principal | TrellisError;
let askedCount: number;
let stored: StreamedEvent[];
let listeners: Set<() => void>;
let openCount: number;
let whenAsked: () => void;
let counted: { id: string | undefined; bytesIn: number; bytesOut: number; requests: number }[];

beforeEach(async () => {
  nowMs = 0;
  time = new VirtualTime();
  shown = OPERATOR;
  askedCount = 0;
  stored = [];
  listeners = new Set();
  openCount = 0;
  whenAsked = () => {};
  counted = [];
  server = createServer({ log: silentLog, random: countingRandom() });
  const limit = { take: async () => ({ limit: 1, remaining: 1, resetS: 1 }) };
  await addEventSocket(
    server,
    {
      path: "/events",
      socketsMax: 20,
      access: {
        kind: "protected",
        roles: ["operator", "customer"],
        scope: "events:read",
        rows: "filtered",
      },
    },
    {
      authenticator: {
        async authenticate() {
          askedCount += 1;
          if (shown instanceof Error) throw shown;
          return { principal: shown, coversBody: false };
        },
      },
      limits: { perIp: limit, perPrincipal: limit },
      events: {
        position: async () => {
          const position = stored.length;
          whenAsked();
          return position;
        },
        oldest: async () => 1,
        read: async (after, limit) => stored.slice(after, after + limit),
        watch(listener) {
          listeners.add(listener);
          return () => void listeners.delete(listener);
        },
      },
      clock: { nowMs: () => nowMs },
      scheduler: time,
      log: silentLog,
      usage: {
        count: (principal, bytesIn, bytesOut, requests = 1) =>
          counted.push({ id: principal?.id, bytesIn, bytesOut, requests }),
      },
    },
  );
  await server.listen({ host: "127.0.0.1", port: 0 });
});
afterEach(() => server.close());

function publish(customerId?: string): void {
  const event = { position: stored.length + 1, type: "a", timeMs: 1, data: {} };
  stored.push(customerId === undefined ? event : { ...event, customerId });
  for (const listener of listeners) listener();
}

function connect(): WebSocket {
  const { port } = server.server.address() as AddressInfo;
  return new WebSocket(`ws://127.0.0.1:${port}/events`, ["trellis.v1"]);
}

async function open() {
  const socket = connect();
  const received: number[] = [];
  const closed: { code: number; reason: string }[] = [];
  let pingCount = 0;
  socket.on("message", (data) => received.push(JSON.parse(String(data)).position));
  socket.on("close", (code, reason) => closed.push({ code, reason: String(reason) }));
  socket.on("ping", () => {
    pingCount += 1;
  });
  await new Promise((resolve) => socket.on("open", resolve));
  openCount += 1;
  await soon(() => listeners.size).toBe(openCount);
  return { received, closed, pingCount: () => pingCount, end: () => socket.close() };
}

async function beat(): Promise<void> {
  const before = askedCount;
  await time.run(30_000);
  await soon(() => askedCount).toBe(before + 1);
}

it.each([
  ["API_KEY_REVOKED", 1008, authErrors.API_KEY_REVOKED()],
  ["TOKEN_EXPIRED", 1008, authErrors.TOKEN_EXPIRED()],
  ["SESSION_ENDED", 1008, authErrors.SESSION_ENDED()],
  ["ROLE_FORBIDDEN", 1008, { ...OPERATOR, role: "viewer" } as const],
  ["DB_CONNECTION_LOST", 1013, dbErrors.DB_CONNECTION_LOST()],
])("%s: a client that loses access receives no more events", async (reason, code, next) => {
  const { received, closed } = await open();
  publish();
  await soon(() => received).toEqual([1]);
  shown = next;
  await beat();
  publish();
  await soon(() => closed).toEqual([{ code, reason }]);
  expect(received).toEqual([1]);
  expect(listeners.size).toBe(0);
});

it("a server that stops closes its WebSockets as going away", async () => {
  const { closed } = await open();
  await server.close();
  await soon(() => closed).toEqual([{ code: 1001, reason: "server stops" }]);
});

it("a client with reduced access receives only what it may still read", async () => {
  const { received, pingCount, end } = await open();
  publish("bob");
  await soon(() => received).toEqual([1]);
  shown = { ...OPERATOR, role: "customer", customerId: "alice" };
  await beat();
  await soon(pingCount).toBe(1);
  publish("bob");
  publish("alice");
  await soon(() => received).toEqual([1, 3]);
  end();
});

it.each([
  [299_999, "open"],
  [300_000, "SIGNATURE_INVALID"],
])("a single-use signature opens a socket for five minutes: after %s ms it is %s", async (ms, outcome) => {
  shown = { ...OPERATOR, id: "service:billing", kind: "service" };
  const { received, pingCount, closed } = await open();
  nowMs += ms;
  await time.run(30_000);
  await soon(pingCount).toBe(1);
  publish();
  if (outcome === "open") await soon(() => received).toEqual([1]);
  else await soon(() => closed).toEqual([{ code: 1008, reason: outcome }]);
  expect(askedCount).toBe(1);
});

it("API-16: includes events published while the socket opens, from its start position", async () => {
  whenAsked = publish;
  const { received, end } = await open();
  whenAsked = () => {};
  publish();
  await soon(() => received).toEqual([1, 2]);
  end();
});

it("API-16, OVERLOADED: limits sockets per client and in total, until one is closed", async () => {
  const refused = () =>
    new Promise<number | undefined>((resolve, reject) => {
      const socket = connect();
      socket.on("unexpected-response", (_request, answer) => resolve(answer.statusCode));
      socket.on("error", () => {});
      socket.on("open", () => reject(new Error("it opened")));
    });
  const first = await open();
  for (let count = 2; count <= 16; count += 1) await open();
  expect(await refused()).toBe(503);
  shown = { ...OPERATOR, id: "key:2" };
  for (let count = 17; count <= 20; count += 1) await open();
  expect(await refused()).toBe(503);
  first.end();
  openCount -= 1;
  await soon(() => listeners.size).toBe(openCount);
  await open();
  expect(await refused()).toBe(503);
});

it("COST-1: counts one request, and its bytes while it is open and when it closes", async () => {
  // Sockets of earlier tests can close now.
  shown = { ...OPERATOR, id: "key:counted" };
  const own = () => counted.filter(({ id }) => id === "key:counted");
  const { received, closed, end } = await open();
  const sum = (member: "bytesIn" | "bytesOut" | "requests"): number =>
    own().reduce((total, one) => total + one[member], 0);
  expect(own().map(({ requests }) => requests)).toEqual([1]);
  const opened = sum("bytesOut");
  for (let count = 0; count < 10; count += 1) publish();
  await soon(() => received.length).toBe(10);
  await beat();
  const eventBytes = JSON.stringify({ position: 1, type: "a", timeMs: 1, data: {} }).length;
  expect(sum("bytesOut") - opened).toBeGreaterThan(10 * eventBytes);
  const whileOpen = sum("bytesOut");
  publish();
  await soon(() => received.length).toBe(11);
  end();
  await soon(() => closed.length).toBe(1);
  await soon(() => sum("bytesOut") - whileOpen > eventBytes).toBe(true);
  expect(sum("requests")).toBe(1);
  expect(sum("bytesIn")).toBeGreaterThan(100);
});
