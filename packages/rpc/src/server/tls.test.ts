import { once } from "node:events";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { silentLog, silentMetrics } from "@trellis/base";
import {
  AddressList,
  anonymousPrincipal,
  createCredentials,
  Guard,
  Permissions,
  Visitors,
} from "@trellis/platform/guard";
import { systemClock, systemRandom, systemScheduler } from "@trellis/platform/system";
import {
  checkIdentity,
  createAuthority,
  type Issued,
  issueCertificate,
  ListenerTls,
} from "@trellis/platform/tls";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { DEFAULT_RPC_TIMES } from "../options.ts";
import { openServer } from "../testing/openServer.ts";

const ports = { clock: systemClock, random: systemRandom };
let authority: Issued;
let server: Issued;
let client: Issued;

beforeAll(async () => {
  authority = await createAuthority("authority", ports);
  const hosts = ["localhost", "127.0.0.1"];
  server = await issueCertificate(authority, { kind: "server", name: "node", hosts }, ports);
  client = await issueCertificate(authority, { kind: "client", name: "backend" }, ports);
});

function listenerTls(): ListenerTls {
  const identity = { ...server, clientAuthority: authority.certificate, versionMin: "TLSv1.3" } as const;
  return new ListenerTls(checkIdentity(identity, [], systemClock.nowMs()), {
    clock: systemClock,
    scheduler: systemScheduler,
    log: silentLog,
    metrics: silentMetrics,
  });
}

/** Loopback clients with a proxy header count as remote. */
function guard(): Guard {
  const deciding = { clock: systemClock, log: silentLog };
  return new Guard(
    {
      windowMs: 60_000,
      limits: {
        perAddress: 1_000,
        perPrincipal: 1_000,
        perConnection: 0,
        perMethod: new Map(),
        connectionsMax: 10,
        connectionsPerAddress: 3,
        connectionsPerPrincipal: 2,
      },
      trustedProxies: new AddressList(["127.0.0.0/8", "::1"]),
      anonymous: anonymousPrincipal(["eth:*"]),
      hidesMethods: false,
      requiresForwarding: false,
    },
    {
      ...deciding,
      visitors: new Visitors(60_000, { allow: [], deny: [] }, deciding),
      metrics: silentMetrics,
      credentials: createCredentials({
        keys: new Map(),
        certificates: new Map([
          [
            "backend",
            { id: "certificate:backend", permissions: new Permissions(["net:*"]), priority: "normal" },
          ],
        ]),
        verifyToken: undefined,
        clock: systemClock,
      }),
    },
  );
}

async function opened(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port, host: "127.0.0.1", ca: authority.certificate, ...options });
  onTestFinished(() => void socket.destroy());
  await once(socket, "secureConnect");
  return socket;
}

async function textOf(socket: TLSSocket): Promise<string> {
  let text = "";
  socket
    .on("error", () => {})
    .on("data", (part) => {
      text += part;
    });
  await new Promise((resolve) => socket.once("close", resolve));
  return text;
}

const as = (issued: Issued) => ({ cert: issued.certificate, key: issued.key });
const STRANGER = { "x-forwarded-for": "203.0.113.7", "content-type": "application/json" };

async function status(url: string, method: string, options: ConnectionOptions = {}): Promise<number> {
  const asked = request(url, {
    method: "POST",
    headers: STRANGER,
    agent: false,
    ca: authority.certificate,
    ...options,
  });
  asked.end(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: [] }));
  const [answer] = await once(asked, "response");
  answer.resume();
  return answer.statusCode;
}

describe("JSON-RPC over TLS [GUARD-10]", () => {
  it("HTTP and WebSocket; the name of a client certificate is a principal [GUARD-11]", async () => {
    const { server: rpc } = await openServer({ tls: listenerTls(), guard: guard() });
    expect(rpc.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect([await status(rpc.url, "eth_chainId"), await status(rpc.url, "net_version")]).toEqual([200, 403]);
    const named = as(client);
    expect([
      await status(rpc.url, "eth_chainId", named),
      await status(rpc.url, "net_version", named),
    ]).toEqual([403, 200]);
    expect(rpc.webSocketUrl).toMatch(/^wss:/);
    const socket = new WebSocket(rpc.webSocketUrl, {
      headers: STRANGER,
      ca: authority.certificate,
      ...named,
    });
    onTestFinished(() => socket.terminate());
    await once(socket, "open");
    socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "net_version", params: [] }));
    const [text] = await once(socket, "message");
    expect(JSON.parse(String(text)).result).toBeDefined();
  });

  it("cuts slow headers and bodies, and header bombs", async () => {
    const times = { ...DEFAULT_RPC_TIMES, headersMs: 200, bodyMs: 400 };
    const { port, server: rpc } = await openServer({ tls: listenerTls(), times });
    const { url } = rpc;
    const slow = [
      "POST / HTTP/1.1\r\nhost: localhost\r\nx-a: ",
      "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n[",
    ];
    for (const text of slow) {
      const socket = await opened(port);
      const startMs = performance.now();
      socket.write(text);
      expect(await textOf(socket)).toMatch(/^(?:HTTP\/1\.1 408|$)/);
      expect(performance.now() - startMs).toBeLessThan(5_000);
    }
    const bomb = await opened(port);
    bomb.write(`GET / HTTP/1.1\r\n${`x-a: ${"a".repeat(1_000)}\r\n`.repeat(40)}\r\n`);
    expect(await textOf(bomb)).toMatch(/^(?:HTTP\/1\.1 431|$)/);
    expect(await status(url, "eth_chainId")).toBe(200);
  });

  it("counts connections before their handshake, and forgets them after it [GUARD-7]", async () => {
    const limits = { connectionsMax: 2 };
    const { port, server: rpc } = await openServer({ tls: listenerTls(), limits });
    const first = [await opened(port), await opened(port)];
    await expect(opened(port)).rejects.toThrow();
    for (const socket of first) {
      socket.destroy();
      await once(socket, "close");
    }
    let code = 0;
    while (code !== 200) code = await status(rpc.url, "eth_chainId").catch(() => 0);
  });

  it("closes within its drain time, with idle, silent and upgraded clients", async () => {
    const tls = listenerTls();
    const { server: rpc, port } = await openServer({ tls });
    const idle = await opened(port);
    idle.on("error", () => {});
    const silent = (await import("node:net")).connect(port, "127.0.0.1");
    silent.on("error", () => {});
    await once(silent, "connect");
    const webSocket = new WebSocket(rpc.webSocketUrl, { ca: authority.certificate });
    webSocket.on("error", () => {});
    await once(webSocket, "open");
    const startMs = performance.now();
    await rpc.close();
    expect(performance.now() - startMs).toBeLessThan(DEFAULT_RPC_TIMES.drainMs + 1_000);
    expect(silent.address() as AddressInfo).toBeDefined();
  });
});
