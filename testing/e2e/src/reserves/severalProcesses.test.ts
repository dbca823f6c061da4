import { generateKeyPairSync, randomBytes } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isPostgres, startPostgres, startRedis } from "@trellis/kit";
import { type SignatureKey, signRequest } from "@trellis/platform/http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Served, startTrellis } from "../startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../temporaryDirectory.ts";

interface Ready {
  readonly url: string;
  readonly adminKey: string | null;
}

const LIMIT = 30;
const postgres = await startPostgres();
const redis = await startRedis();
let isRedisUp = "url" in redis;
async function stopRedis(): Promise<void> {
  if (isRedisUp && "url" in redis) await redis.stop();
  isRedisUp = false;
}
afterAll(async () => {
  if (isPostgres(postgres)) await postgres.stop();
  await stopRedis();
});

describe.skipIf(!isPostgres(postgres) || !("url" in redis))("two processes of one service", () => {
  const pair = generateKeyPairSync("ed25519");
  const PROXIED = "reserves.example";
  let directory: TemporaryDirectory;
  let services: Served<Ready>[] = [];
  let key: string;

  const inDirectory = (name: string): string => join(directory.path, name);
  const secretFile = (name: string, text: string): string => {
    writeFileSync(inDirectory(name), text);
    chmodSync(inDirectory(name), 0o600);
    return `file:${inDirectory(name)}`;
  };

  beforeAll(async () => {
    if (!isPostgres(postgres) || !("url" in redis)) return;
    directory = await temporaryDirectory();
    const pem = pair.publicKey.export({ format: "pem", type: "spki" }).toString();
    const serviceKey = { id: "a", algorithm: "ed25519", publicKey: pem, role: "operator", scopes: ["*"] };
    const settings = {
      database: secretFile("database", await postgres.createDatabase()),
      redis: secretFile("redis", redis.url),
      keyFrom: secretFile("service-key", randomBytes(32).toString("hex")),
      limitPerPrincipal: LIMIT,
      trustedProxies: ["127.0.0.1"],
      serviceKeys: [serviceKey],
    };
    writeFileSync(inDirectory("trellis.yaml"), JSON.stringify({ reserves: settings }));
    const start = (name: string): Promise<Served<Ready>> =>
      startTrellis<Ready>([
        ...["reserves", "serve", "--port", "0", "--json", "--workers", "0"],
        ...["--config", inDirectory("trellis.yaml"), "--data-dir", inDirectory(name)],
      ]);
    const first = await start("first");
    services = [first, await start("second")];
    key = first.ready.adminKey ?? "";
  });
  afterAll(async () => {
    for (const service of services) await service.stop();
    await directory?.remove();
  });

  const url = (at: number): string => services[at % services.length]!.ready.url;

  it("SIGNATURE_INVALID: a request that the other process received", async () => {
    const request = {
      method: "GET",
      scheme: "https",
      authority: PROXIED,
      target: "/v1/me",
      headers: {},
    };
    const signing: SignatureKey = { id: "a", algorithm: "ed25519", key: pair.privateKey };
    const nonce = randomBytes(16).toString("hex");
    const createdS = Math.floor(Date.now() / 1_000);
    const signed = signRequest(request, undefined, { key: signing, createdS, nonce });
    const headers = { ...signed, "x-forwarded-host": PROXIED, "x-forwarded-proto": "https" };
    expect((await fetch(`${url(0)}/v1/me`, { headers })).status).toBe(200);
    const again = await fetch(`${url(1)}/v1/me`, { headers });
    expect(await again.json()).toMatchObject({
      status: 401,
      code: "SIGNATURE_INVALID",
      facts: { reason: "replayed" },
    });
  });

  it("one of two requests with the same idempotency key is executed, on any processes", async () => {
    const headers = {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      "idempotency-key": "add-them-once",
    };
    const body = JSON.stringify({ ids: ["alice"] });
    const make = (at: number): Promise<Response> =>
      fetch(`${url(at)}/v1/customers`, { method: "POST", headers, body });
    const answers = await Promise.all([0, 1, 2, 3].map(make));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    const repeated = answers.filter((answer) => answer.headers.get("idempotency-replayed") === "true");
    expect(repeated).toHaveLength(3);
  });

  it("RATE_LIMITED: both share one limit", async () => {
    const made = await fetch(`${url(0)}/v1/api-keys`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "counted", role: "auditor", scopes: ["*"] }),
    });
    const { text } = (await made.json()) as { text: string };
    const statuses: number[] = [];
    for (let n = 0; n < LIMIT + 10; n++) {
      const answer = await fetch(`${url(n)}/v1/me`, { headers: { authorization: `Bearer ${text}` } });
      statuses.push(answer.status);
    }
    expect(statuses.filter((status) => status === 200)).toHaveLength(LIMIT);
    expect(statuses.slice(LIMIT).every((status) => status === 429)).toBe(true);
  });

  it("a setting changed in one process applies in the other; SIGHUP changes the settings outside the database", async () => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const limitAt = async (at: number): Promise<string | null> =>
      (await fetch(`${url(at)}/v1/me`, { headers })).headers.get("ratelimit-limit");
    const change = { method: "PUT", headers, body: JSON.stringify({ value: 500, reason: "a busy day" }) };
    expect((await fetch(`${url(0)}/v1/settings/limitPerPrincipal`, change)).status).toBe(200);
    await expect.poll(() => limitAt(1)).toBe("500");
    const history = await fetch(`${url(1)}/v1/setting-changes`, { headers });
    expect(await history.json()).toMatchObject({
      items: [
        { key: "limitPerPrincipal", value: 500, reason: "a busy day", by: expect.stringMatching(/^key:/) },
      ],
    });
    const refused = await fetch(`${url(0)}/v1/settings/serviceKeys`, change);
    expect(await refused.json()).toMatchObject({ status: 404, code: "DYNAMIC_KEY_UNKNOWN" });

    const file = readFileSync(inDirectory("trellis.yaml"), "utf8");
    const settings = JSON.parse(file).reserves;
    const anonymous = async (): Promise<string | null> =>
      (await fetch(`${url(0)}/v1/health`)).headers.get("ratelimit-limit");
    writeFileSync(
      inDirectory("trellis.yaml"),
      JSON.stringify({ reserves: { ...settings, limitPerAddress: 777, limitPerPrincipal: 40 } }),
    );
    process.kill(services[0]!.pid, "SIGHUP");
    await expect.poll(anonymous).toBe("777");
    expect(await limitAt(0)).toBe("500");
  });

  it("each process keeps its own limits when Redis is down", async () => {
    await stopRedis();
    const answers = await Promise.all([0, 1].map((at) => fetch(`${url(at)}/v1/health`)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  });
});
