import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { Duplex } from "node:stream";
import { silentLog } from "@trellis/base";
import { createServer as createPort } from "@trellis/platform/http";
import { systemRandom } from "@trellis/platform/system";
import { afterEach, beforeEach, expect, it, onTestFinished } from "vitest";
import { forwardTo } from "./forwardTo.ts";

const HUGE = 64 * 1024 * 1024;

let behind: Server;
let front: ReturnType<typeof createPort>;
let url: string;
let target: string | undefined;

beforeEach(async () => {
  behind = createServer((request, response) => {
    if (request.url === "/v1/tooLarge") {
      const text = "too large";
      response.writeHead(413, { "content-length": text.length, connection: "close" }).write(text);
      return void request.resume().on("end", () => response.end());
    }
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (request.url === "/v1/broken") return void request.socket.destroy();
      if (request.url === "/v1/half") {
        response.writeHead(200, { "content-length": 10 }).write("half", () => response.destroy());
        return;
      }
      const { method, url: path, headers } = request;
      const body = Buffer.concat(chunks).toString();
      response.writeHead(418, { "x-own": "yes", "content-type": "application/json" });
      response.end(JSON.stringify({ method, path, body, type: headers["content-type"] }));
    });
  });
  behind.on("upgrade", ({ url: path, headers }: IncomingMessage, socket: Duplex) => {
    if (path === "/v1/full") return void socket.end("HTTP/1.1 429 Too Many\r\nContent-Length: 0\r\n\r\n");
    // Exceeds the buffers of two connections.
    if (path === "/v1/huge") {
      socket.write(`HTTP/1.1 429 Too Many\r\nContent-Length: ${2 * HUGE}\r\n\r\n`);
      return void socket.on("error", () => {}).write(Buffer.alloc(HUGE));
    }
    socket.write(`HTTP/1.1 101 Own Words\r\nConnection: Upgrade\r\nUpgrade: ${headers.upgrade}\r\n\r\n`);
    socket.on("error", () => {}).pipe(socket);
  });
  await new Promise<void>((resolve) => behind.listen(0, "127.0.0.1", resolve));
  target = `http://127.0.0.1:${(behind.address() as AddressInfo).port}`;
  front = createPort({ log: silentLog, random: systemRandom });
  await forwardTo(front, { prefixes: ["/v1/", "/.well-known/one"], target: () => target });
  const stripped = { prefixes: ["/other/v1/"], strip: "/other" };
  await forwardTo(front, { ...stripped, target: () => target });
  url = await front.listen({ host: "127.0.0.1", port: 0 });
});
afterEach(async () => {
  await front.close();
  behind.closeAllConnections();
  await new Promise((resolve) => behind.close(resolve));
});

it("forwards requests and answers unchanged, with their bodies", async () => {
  const sent = { method: "PUT", body: "{not json", headers: { "content-type": "application/json" } };
  const response = await fetch(`${url}/v1/a%20b?c=d`, sent);
  expect([response.status, response.headers.get("x-own")]).toEqual([418, "yes"]);
  expect(await response.json()).toEqual({
    method: "PUT",
    path: "/v1/a%20b?c=d",
    body: "{not json",
    type: "application/json",
  });
  expect((await fetch(`${url}/.well-known/one`)).status).toBe(418);
});

it("strips the path prefix that the service does not have", async () => {
  const response = await fetch(`${url}/other/v1/a?b=c`);
  expect(await response.json()).toMatchObject({ path: "/v1/a?b=c" });
});

it("other paths stay with the port", async () => {
  for (const path of ["/v2/a", "/.well-known/one/more", "/v1"])
    expect((await fetch(url + path)).status).toBe(404);
});

it("UPSTREAM_UNREACHABLE: the service is down or disconnects before it answers", async () => {
  for (const gone of [target, undefined]) {
    target = gone;
    const response = await fetch(`${url}/v1/broken`);
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await response.json()).toMatchObject({
      code: "UPSTREAM_UNREACHABLE",
      facts: { reason: "service" },
    });
  }
});

it("an answer that is cut off is cut off for the client too", async () => {
  await expect(fetch(`${url}/v1/half`).then((response) => response.text())).rejects.toThrow("terminated");
});

const LARGE = Buffer.alloc(32 * 1024 * 1024);

function upload(path: string, agent: Agent): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url + path, { method: "POST", agent }, async (response) => {
      let text = "";
      for await (const chunk of response.setEncoding("utf8")) text += chunk;
      resolve({ status: response.statusCode, text });
    });
    sent.on("error", reject).end(LARGE);
  });
}

it("an answer before the end of a large request body arrives whole, and the next request is answered", async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let round = 0; round < 5; round++) {
    expect(await upload("/v1/tooLarge", agent)).toEqual({ status: 413, text: "too large" });
    const small = request(`${url}/v1/a`, { agent }).end();
    const [answer] = (await once(small, "response")) as [IncomingMessage];
    expect(answer.resume().statusCode).toBe(418);
    await once(answer, "end");
  }
  agent.destroy();
});

it("UPSTREAM_UNREACHABLE: with a large body, and the next request is answered", async () => {
  const there = target;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
  target = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`;
  await new Promise((resolve) => closed.close(resolve));
  expect((await upload("/v1/a", agent)).status).toBe(503);
  target = there;
  expect((await upload("/v1/a", agent)).status).toBe(418);
  agent.destroy();
});

const upgrade = (path: string) =>
  request(url + path, { headers: { connection: "Upgrade", upgrade: "echo" } })
    .on("error", () => {})
    .end();

async function opened(path: string): Promise<Duplex> {
  const [answer, socket] = (await once(upgrade(path), "upgrade")) as [IncomingMessage, Duplex];
  expect([answer.statusMessage, answer.headers.upgrade]).toEqual(["Own Words", "echo"]);
  return socket.on("error", () => {});
}

it("forwards upgrades, and bytes in both directions, until one side closes", async () => {
  const socket = await opened("/v1/socket");
  socket.write("a word");
  expect(String((await once(socket, "data"))[0])).toBe("a word");
  socket.end();
  await once(socket, "close");
});

it.each([
  ["/v1/full", 429],
  ["/v2/socket", 404],
])("answers an upgrade that is refused or that no service accepts: %s", async (path, status) => {
  const [{ statusCode, socket }] = (await once(upgrade(path), "response")) as [IncomingMessage];
  expect(statusCode).toBe(status);
  if (!socket.destroyed) await once(socket, "close");
});

it("cuts a client that stops reading the refusal of its upgrade, and no silent tunnel", async () => {
  front.server.setTimeout(200);
  const tunnel = await opened("/v1/echo");
  const accepted = once(front.server, "connection");
  const client = connect(Number(new URL(url).port), "127.0.0.1");
  onTestFinished(() => void client.destroy());
  client.on("error", () => {}).pause();
  client.write("GET /v1/huge HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n");
  const [socket] = await accepted;
  await once(socket, "close");
  tunnel.write("still here");
  expect(String((await once(tunnel, "data"))[0])).toBe("still here");
});

it("the port closes while upgraded connections are open", async () => {
  const socket = await opened("/v1/socket");
  await Promise.all([front.close(), once(socket, "close")]);
});
