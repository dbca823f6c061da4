import { createHash, createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { type Devnet, runTrellis, startNode } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const OPERATOR_KEY = "trn_the-operator-of-this-node-in-a-test";
const BACKEND_KEY = "trn_a-backend-that-pays-for-its-calls";
const LIMITED_KEY = "trn_a-backend-with-a-limit-of-its-own";
const SECRET = randomBytes(32);
const LIMIT = 40;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly result?: unknown;
    readonly error?: { readonly code: number; readonly data?: unknown };
  };
}

let directory: TemporaryDirectory;
let node: Devnet;

beforeAll(async () => {
  directory = await temporaryDirectory();
  const secret = join(directory.path, "jwt");
  writeFileSync(secret, SECRET.toString("hex"), { mode: 0o600 });
  const hash = (key: string): string => createHash("sha256").update(key).digest("hex");
  const settings = {
    limitPerAddress: LIMIT,
    anonymousMethods: "eth:*,rpc:*",
    jwtSecretFrom: `file:${secret}`,
    access: [
      { name: "operator", keyHash: hash(OPERATOR_KEY), permissions: ["*", "admin:*"], priority: "reserved" },
      { name: "backend", keyHash: hash(BACKEND_KEY), permissions: ["eth:*", "debug:*"] },
      { name: "limited", keyHash: hash(LIMITED_KEY), permissions: ["eth:*"], limit: 2 * LIMIT },
      { name: "lodestar", subject: "lodestar", permissions: ["eth:*", "admin:peers"] },
    ],
  };
  const file = join(directory.path, "trellis.yaml");
  writeFileSync(file, JSON.stringify({ node: settings }));
  node = await startNode({
    args: ["--network", "local", "--bootstrap", "none", "--listen", "127.0.0.1:0", "--config", file],
  });
});
afterAll(async () => {
  await node?.stop();
  await directory?.remove();
});

/** The node trusts proxy headers from loopback, so one machine can act as many clients. */
const from = (address: string, bearer?: string): Record<string, string> => ({
  "x-forwarded-for": address,
  ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
});

function token(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const head = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${head}.${createHmac("sha256", SECRET).update(head).digest("base64url")}`;
}
const nowS = (): number => Math.floor(Date.now() / 1_000);

async function post(headers: Record<string, string>, method: string, ...params: unknown[]): Promise<Answer> {
  const answer = await fetch(node.rpcUrl, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Answer["body"] };
}

async function statusesOf(count: number, headers: Record<string, string>): Promise<number[]> {
  const statuses: number[] = [];
  for (let n = 0; n < count; n++) statuses.push((await post(headers, "eth_chainId")).status);
  return statuses;
}

const guard = async (...args: readonly string[]) => {
  const flags = ["--json", "--url", `${node.httpUrl}/node`];
  return runTrellis(["guard", ...args, ...flags]);
};

describe("JSON-RPC of a node", () => {
  it("does not limit programs on its machine", async () => {
    expect(new Set(await statusesOf(5 * LIMIT, {}))).toEqual(new Set([200]));
  });

  it("anonymous: allowed, refused, limited; another client is not affected", async () => {
    const client = from("203.0.113.1");
    expect((await post(client, "eth_chainId")).body.result).toBeDefined();
    const refused = await post(client, "debug_getRawHeader", "latest");
    expect([refused.status, refused.body.error?.code]).toEqual([403, -32001]);
    const answers: Answer[] = [];
    for (let n = 0; n < 2 * LIMIT; n++) answers.push(await post(client, "eth_chainId"));
    expect(answers[0]!.status).toBe(200);
    const limited = answers.findLast(({ status }) => status === 429)!;
    expect(limited.body.error?.code).toBe(-32005);
    expect(Number(limited.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(limited.headers.get("ratelimit-policy")).toMatch(/^"address";q=\d+;w=60$/);
    expect((await post(from("203.0.113.2"), "eth_chainId")).status).toBe(200);
  });

  it("an API key: its own permissions and limit, from a limited address too", async () => {
    const backend = from("203.0.113.1", BACKEND_KEY);
    expect((await post(backend, "debug_getRawHeader", "latest")).status).toBe(200);
    expect((await post(backend, "net_version")).status).toBe(403);
    const statuses = await statusesOf(4 * LIMIT, from("203.0.113.1", LIMITED_KEY));
    expect([statuses[0], statuses.at(-1)]).toEqual([200, 429]);
    const wrong = await post(from("203.0.113.3", `${BACKEND_KEY}x`), "eth_chainId");
    expect([wrong.status, wrong.body.error?.code]).toEqual([401, -32001]);
  });

  it("a token of the engine API's form", async () => {
    const lodestar = from("203.0.113.4", token({ iat: nowS(), sub: "lodestar" }));
    expect((await post(lodestar, "eth_chainId")).status).toBe(200);
    expect((await post(lodestar, "admin_peers")).body.result).toEqual([]);
    expect((await post(lodestar, "debug_getRawHeader", "latest")).status).toBe(403);
    const wrong = [
      { iat: nowS() - 120, sub: "lodestar" },
      { sub: "lodestar" },
      { iat: nowS(), sub: "other" },
    ];
    for (const [index, claims] of wrong.entries()) {
      expect((await post(from(`203.0.113.1${index}`, token(claims)), "eth_chainId")).status).toBe(401);
    }
  });

  it("WebSockets: every message counts", async () => {
    const socket = new WebSocket(node.wsUrl, { headers: from("203.0.113.5") });
    await once(socket, "open");
    const codes: (number | undefined)[] = [];
    for (let n = 0; n < 2 * LIMIT; n++) {
      socket.send(JSON.stringify({ jsonrpc: "2.0", id: n, method: "eth_chainId", params: [] }));
      const [data] = (await once(socket, "message")) as [Buffer];
      codes.push((JSON.parse(data.toString()) as Answer["body"]).error?.code);
    }
    expect(new Set(codes)).toEqual(new Set([undefined, -32005]));
    socket.terminate();
  });

  it("through the service port, the client keeps its address", async () => {
    const ask = (headers: Record<string, string>) =>
      fetch(`${node.httpUrl}/rpc`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] }),
      });
    expect((await ask({})).status).toBe(200);
    expect((await ask(from("203.0.113.1"))).headers.get("ratelimit-policy")).toContain('"address"');
  });

  it("a client that sends nonsense is banned, and recovers when an operator lifts the ban", async () => {
    const client = from("203.0.113.6");
    for (let n = 0; n < 80; n++) {
      await fetch(node.rpcUrl, {
        method: "POST",
        headers: { "content-type": "application/json", ...client },
        body: "nonsense",
      });
    }
    const banned = await post(client, "eth_chainId");
    expect([banned.status, banned.body.error?.code]).toEqual([403, -32001]);
    await guard("ban", "203.0.113.6", "--reason", "test");
    const { bans } = JSON.parse((await guard("list")).stdout);
    expect(bans).toMatchObject([{ network: "203.0.113.6", reason: "test", by: "user:local" }]);
    expect((await post(from("203.0.113.6", OPERATOR_KEY), "eth_chainId")).status).toBe(403);
    expect(JSON.parse((await guard("unban", "203.0.113.6")).stdout).bans).toEqual([]);
    expect((await post(client, "eth_chainId")).status).not.toBe(403);
  });

  it("metrics count refusals without addresses", async () => {
    const metrics = await (await fetch(`${node.httpUrl}/metrics`)).text();
    const own = metrics.split("\n").filter((line) => line.startsWith("trellis_guard_"));
    expect(own.join("\n")).toContain('trellis_guard_refusals_total{reason="address"}');
    for (const line of own) expect(line).not.toMatch(/\d+\.\d+\.\d+\.\d+|::/);
  });
});

describe("a node of a public network does not start", () => {
  const refused = async (...args: readonly string[]) =>
    runTrellis(["node", "--network", "test", "--ephemeral", "--rpc-port", "0", "--http-port", "0", ...args]);

  it.each([
    ["without TLS", ["--rpc-host", "0.0.0.0"], "reachable without TLS"],
    ["without TLS at the service port", ["--http-host", "::"], "reachable without TLS"],
    [
      "without limits",
      ["--rpc-host", "0.0.0.0", "--insecure-http", "--limit-per-address", "0"],
      "without limits",
    ],
  ])("CONFIG_INVALID_VALUE: %s", async (_, args, reason) => {
    const { exitCode, stderr } = await refused(...args);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain("CONFIG_INVALID_VALUE");
    expect(stderr).toContain(reason);
  });
});
