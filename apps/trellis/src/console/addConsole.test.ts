import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer as createHttpServer, type IncomingHttpHeaders, request } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { silentLog } from "@trellis/base";
import { createServer } from "@trellis/platform/http";
import { systemRandom } from "@trellis/platform/system";
import { afterEach, beforeEach, expect, it, onTestFinished } from "vitest";
import { addConsole } from "./addConsole.ts";
import { CONSOLE_PAGES } from "./consolePages.ts";

let server: ReturnType<typeof createServer>;
beforeEach(async () => {
  server = createServer({ log: silentLog, random: systemRandom });
  await addConsole(server, { parts: ["reserves"] });
});
afterEach(() => server.close());

const page = (url: string, accept = "text/html") => server.inject({ url, headers: { accept } });

it("every page address returns the same document, which names the services of its origin and permits no others", async () => {
  for (const url of ["/", "/reserves/customer/%3Cscript%3E", "/verify"]) {
    const { statusCode, headers, body } = await page(url);
    expect(statusCode).toBe(200);
    expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; script-src 'self'; /);
    expect(headers["content-security-policy"]).not.toMatch(/unsafe|\*|https?:/);
    const [, facts = ""] = /<meta name="trellis" content="([^"]*)"/.exec(body) ?? [];
    const told: unknown = JSON.parse(facts.replaceAll("&quot;", '"'));
    expect(told).toEqual({ parts: ["reserves"], isDevelopment: false });
    expect(body).not.toContain("customer");
  }
});

it("a worker, a script and an image may load only scripts of their own origin", async () => {
  const { body } = await page("/verify");
  const [script] = /\/assets\/[^"]+\.js/.exec(body) ?? [];
  for (const url of [script!, "/icon.svg", "/verify-proof.mjs"]) {
    const { statusCode, headers } = await page(url, "*/*");
    expect(statusCode).toBe(200);
    expect(headers["content-security-policy"]).toBe(
      "default-src 'none'; script-src 'self'; frame-ancestors 'none'",
    );
  }
});

it("NOT_FOUND: requests of programs, a missing node, and signing in without a key", async () => {
  expect((await page("/v1/nothing", "application/json")).json()).toMatchObject({ code: "NOT_FOUND" });
  const rpc = await server.inject({ method: "POST", url: "/rpc", payload: {} });
  expect(rpc.json()).toMatchObject({ code: "NOT_FOUND" });
  const headers = { "sec-fetch-site": "same-origin" };
  const signIn = await server.inject({ method: "POST", url: "/console/sign-in", payload: {}, headers });
  expect(signIn.json()).toMatchObject({ code: "NOT_FOUND" });
});

it("REQUEST_MALFORMED: a program gets the error for a malformed escape; a browser is redirected to a page", async () => {
  const malformed = await page("/search/%", "application/json");
  expect(malformed.json()).toMatchObject({ code: "REQUEST_MALFORMED" });
  const target = async (url: string) => (await page(url)).headers.location;
  expect(await target("/search/%?a=%")).toBe("/search/%25?a=%");
  expect(await target("/address/%E0%A4%A")).toBe("/address/%25E0%25A4%25A");
  expect(await target("//elsewhere.example/%")).toBe("/elsewhere.example/%25");
  expect((await page("/address/%25E0%25A4%25A")).statusCode).toBe(200);
});

it("a program that accepts any type gets the page, except under the path of an API or a file", async () => {
  for (const url of ["/", "/verify", "/dag?zoom=2"]) {
    expect((await page(url, "*/*")).headers["content-type"]).toMatch(/^text\/html/);
    expect((await server.inject({ url })).headers["content-security-policy"]).toBeDefined();
  }
  for (const url of ["/v1/nothing", "/arbitrage/v1/nothing", "/v1", "/robots.txt", "/verify.php?a=b"]) {
    expect((await page(url, "*/*")).json()).toMatchObject({ code: "NOT_FOUND" });
  }
});

it("NOT_FOUND: a probe of a mistyped path; a browser gets the console's page with status 404", async () => {
  for (const url of [
    "/healthz",
    "/arbitrage/metrics",
    "/arbitrage/health",
    "/arbitrage/ready",
    "/block",
    "/a/b",
  ]) {
    const probed = await page(url, "*/*");
    expect([probed.statusCode, probed.json()], url).toMatchObject([404, { code: "NOT_FOUND" }]);
    const seen = await page(url);
    expect([seen.statusCode, seen.headers["content-type"]], url).toEqual([404, "text/html; charset=utf-8"]);
  }
  for (const url of ["/block/7", "/DAG/", "/reserves/customer/a/asset/BTC?x=1", "/arbitrage"])
    expect((await page(url, "*/*")).statusCode, url).toBe(200);
});

it("serves the pages of the console's router", async () => {
  const router = await readFile(new URL("../../../console/src/shell/router.tsx", import.meta.url), "utf8");
  const paths = [...router.matchAll(/\b(?:page|chainPage)\(\s*"(\/[^"]*)"/g)].map(([, path]) => path!);
  expect(new Set(CONSOLE_PAGES)).toEqual(new Set(paths));
  expect(CONSOLE_PAGES).toHaveLength(new Set(paths).size);
});

const UPGRADE = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": Buffer.alloc(16).toString("base64"),
};

async function proxied(
  headers: Record<string, string>,
  hosts = ["localhost"],
): Promise<readonly IncomingHttpHeaders[]> {
  const seen: IncomingHttpHeaders[] = [];
  const upgraded = Promise.withResolvers<void>();
  const node = createHttpServer(({ headers: asked }, response) => {
    seen.push(asked);
    response.end("{}");
  });
  node.on("upgrade", ({ headers: asked }, socket) => {
    seen.push(asked);
    socket.destroy();
    upgraded.resolve();
  });
  node.listen(0, "127.0.0.1");
  await once(node, "listening");
  onTestFinished(() => void node.close());
  const port = createServer({ log: silentLog, random: systemRandom });
  const rpcUrl = `http://127.0.0.1:${(node.address() as AddressInfo).port}`;
  await addConsole(port, { parts: ["chain"], rpc: { url: rpcUrl, hosts } });
  const url = await port.listen({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => port.close());
  await port.inject({
    method: "POST",
    url: "/rpc",
    payload: {},
    headers: { host: "127.0.0.1:8080", ...headers },
  });
  const socket = request(`${url}/rpc`, { headers: { ...UPGRADE, ...headers } });
  socket.on("error", () => {}).end();
  await upgraded.promise;
  socket.destroy();
  return seen;
}

it("forwards to the node whether a client is remote, uses a proxy, or uses a foreign host name [RPC-21]", async () => {
  for (const { via } of await proxied({})) expect(via).toBeUndefined();
  for (const headers of [{ "x-forwarded-for": "192.0.2.1" }, { host: "node.example:8080" }]) {
    const seen = await proxied(headers, ["node.example"]);
    expect(seen.map(({ via }) => via)).toEqual(["1.1 trellis", "1.1 trellis"]);
  }
});

it("forwards requests of the console's own pages like those of programs, by POST and by WebSocket [RPC-21]", async () => {
  const seen = await proxied({ host: "localhost:8080", origin: "http://localhost:8080" });
  expect(seen.map(({ origin, via }) => [origin, via])).toEqual([
    [undefined, undefined],
    [undefined, undefined],
  ]);
});

it("CROSS_SITE_REQUEST: pages of other origins, and DNS rebinding to this machine [RPC-19]", async () => {
  const port = createServer({ log: silentLog, random: systemRandom });
  await addConsole(port, { parts: ["chain"], rpc: { url: "http://127.0.0.1:1", hosts: ["localhost"] } });
  const url = await port.listen({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => port.close());
  const own = new URL(url).host;
  for (const headers of [
    { host: own, origin: "http://evil.example" },
    { host: own, origin: "null" },
    { host: own, "sec-fetch-site": "cross-site" },
    { host: own, "sec-fetch-site": "same-site" },
    { host: "evil.example", origin: "http://evil.example" },
    { host: "evil.example" },
  ]) {
    const answer = await port.inject({ method: "POST", url: "/rpc", payload: {}, headers });
    expect(answer.json(), JSON.stringify(headers)).toMatchObject({ code: "CROSS_SITE_REQUEST" });
    const { promise: outcome, resolve } = Promise.withResolvers<string>();
    const socket = request(`${url}/rpc`, { headers: { ...UPGRADE, ...headers } }).end();
    socket.once("upgrade", () => resolve("upgraded"));
    for (const refused of ["response", "error"]) socket.once(refused, () => resolve("refused"));
    expect(await outcome, JSON.stringify(headers)).toBe("refused");
    socket.on("error", () => {}).destroy();
  }
});

const MEBIBYTE = 1_024 * 1_024;
/** Exceeds the kernel buffers of two connections. */
const FLOOD_BYTES_MAX = 128 * MEBIBYTE;
/** Limit of unsent bytes per RPC client. [RPC-18] */
const WAITING_BYTES_MAX = 4 * MEBIBYTE;

function flood(socket: Duplex, key: string | undefined): Promise<number> {
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  const frame = Buffer.alloc(10 + MEBIBYTE);
  frame.set([0x82, 127]);
  frame.writeBigUInt64BE(BigInt(MEBIBYTE), 2);
  const { promise, resolve } = Promise.withResolvers<number>();
  let sent = 0;
  const send = (): void => {
    if (socket.writableLength > WAITING_BYTES_MAX || sent >= FLOOD_BYTES_MAX) {
      socket.destroy();
      resolve(sent);
      return;
    }
    socket.write(frame);
    sent += MEBIBYTE;
    setImmediate(send);
  };
  send();
  return promise;
}

it("the node disconnects a WebSocket client that does not read [RPC-18]", async () => {
  const node = createHttpServer();
  const sent = Promise.withResolvers<number>();
  node.on("upgrade", ({ headers }, socket) => {
    void flood(
      socket.on("error", () => {}),
      headers["sec-websocket-key"],
    ).then(sent.resolve);
  });
  node.listen(0, "127.0.0.1");
  await once(node, "listening");
  onTestFinished(() => void node.close());
  const port = createServer({ log: silentLog, random: systemRandom });
  const rpcUrl = `http://127.0.0.1:${(node.address() as AddressInfo).port}`;
  await addConsole(port, { parts: ["chain"], rpc: { url: rpcUrl, hosts: ["localhost"] } });
  const url = await port.listen({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => port.close());
  const client = request(`${url}/rpc`, { headers: UPGRADE })
    .on("error", () => {})
    .end();
  const [, socket] = (await once(client, "upgrade")) as [unknown, Duplex];
  socket.on("error", () => {}).pause();
  onTestFinished(() => void socket.destroy());
  expect(await sent.promise).toBeLessThan(FLOOD_BYTES_MAX);
  socket.resume();
  await once(socket, "close");
});
