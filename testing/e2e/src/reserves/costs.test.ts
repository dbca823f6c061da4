import { randomBytes } from "node:crypto";
import { chmodSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { isPostgres, startPostgres } from "@trellis/kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Served, startTrellis } from "../startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../temporaryDirectory.ts";

interface Ready {
  readonly url: string;
  readonly adminKey: string | null;
}

interface Item {
  readonly tenant: string | null;
  readonly key: string | null;
  readonly requests: string;
  readonly bytesIn: string;
  readonly bytesOut: string;
  readonly cpuMicros: string | null;
  readonly storedBytes: string | null;
}

/** Longer than the interval in which counts are written. */
const WRITTEN = { timeout: 30_000, interval: 500 };
const postgres = await startPostgres();
afterAll(async () => {
  if (isPostgres(postgres)) await postgres.stop();
});

describe.skipIf(!isPostgres(postgres))("costs of two processes", () => {
  const told: { readonly kind: string; readonly subject: string }[] = [];
  const receiver = createServer((request, response) => {
    let text = "";
    request.on("data", (part) => {
      text += part;
    });
    request.on("end", () => {
      told.push(JSON.parse(text));
      response.end();
    });
  });
  let directory: TemporaryDirectory;
  let services: Served<Ready>[] = [];
  let admin: string;
  let [aliceKey, aliceId, bobKey] = ["", "", ""];
  let day: string;

  const write = (name: string, text: string): string => {
    const path = join(directory.path, name);
    writeFileSync(path, text);
    chmodSync(path, 0o600);
    return path;
  };

  async function ask(at: number, path: string, key: string, body?: object) {
    const answer = await fetch(`${services[at]!.ready.url}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, never> };
  }

  async function newKey(customerId: string): Promise<{ readonly text: string; readonly id: string }> {
    const grant = { name: customerId, role: "customer", customerId, scopes: ["*"] };
    const { status, body } = await ask(0, "/v1/api-keys", admin, grant);
    expect(status).toBe(201);
    const { text, key } = body as unknown as { readonly text: string; readonly key: { readonly id: string } };
    return { text, id: key.id };
  }

  const query = (by: string, more = ""): string => `from=${day}&to=${day}&by=${by}${more}`;
  async function usage(by: string, key = admin, more = ""): Promise<readonly Item[]> {
    const { status, body } = await ask(0, `/v1/usage?${query(by, more)}&limit=200`, key);
    expect(status).toBe(200);
    return body.items as unknown as Item[];
  }
  const requestsOf = async (key: string): Promise<number> =>
    Number((await usage("key")).find((item) => item.key === key)?.requests ?? 0);

  beforeAll(async () => {
    if (!isPostgres(postgres)) return;
    directory = await temporaryDirectory();
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    const { port } = receiver.address() as AddressInfo;
    const plan = {
      channels: { test: { kind: "post", url: `http://127.0.0.1:${port}/` } },
      rules: [{ name: "costs", kinds: ["cost.*"], severityMin: "info", channels: ["test"] }],
    };
    const settings = {
      database: `file:${write("database", await postgres.createDatabase())}`,
      keyFrom: `file:${write("service-key", randomBytes(32).toString("hex"))}`,
      notify: write("notify.json", JSON.stringify(plan)),
      allowPrivateWebhooks: true,
      unitPrices: { currency: "EUR", cpuHour: 0.04, millionRequests: 1_000_000, gigabyteMonth: "0.02" },
      budgets: [
        { name: "all", month: 10 },
        { name: "alice", tenant: "alice", month: "1000" },
      ],
      budgetThresholds: [50],
      databaseMax: "1GiB",
    };
    write("trellis.yaml", JSON.stringify({ reserves: settings }));
    const start = (name: string): Promise<Served<Ready>> =>
      startTrellis<Ready>([
        ...["reserves", "serve", "--port", "0", "--json", "--workers", "1"],
        ...["--config", join(directory.path, "trellis.yaml"), "--data-dir", join(directory.path, name)],
      ]);
    services = [await start("first")];
    admin = services[0]!.ready.adminKey ?? "";
    services.push(await start("second"));
    day = new Date().toISOString().slice(0, 10);
    const alice = await newKey("alice");
    [aliceKey, aliceId, bobKey] = [alice.text, alice.id, (await newKey("bob")).text];
  });
  afterAll(async () => {
    for (const service of services) await service.kill();
    receiver.close();
    await directory?.remove();
  });

  it("COST-1, COST-4: requests to both processes count for the key, also those just before a stop", async () => {
    for (let index = 0; index < 10; index += 1) {
      const answer = await ask(index % 2, "/v1/me", aliceKey);
      expect(answer.status).toBe(200);
    }
    expect(
      (
        await ask(
          0,
          "/v1/me",
          aliceKey.replace(/.$/, (last) => (last === "A" ? "B" : "A")),
        )
      ).status,
    ).toBe(401);
    await services[1]!.stop();
    await expect.poll(() => requestsOf(`key:${aliceId}`), WRITTEN).toBe(10);
    const found = await usage("key");
    const alice = found.find(({ key }) => key === `key:${aliceId}`)!;
    expect(alice).toMatchObject({ tenant: "alice", cpuMicros: null, storedBytes: null });
    expect(Number(alice.bytesIn)).toBeGreaterThan(10 * 100);
    expect(Number(alice.bytesOut)).toBeGreaterThan(10 * 200);
    expect(Number(found.find(({ key }) => key === "anonymous")!.requests)).toBeGreaterThan(0);
    const [service] = await usage("service");
    expect(Number(service!.cpuMicros)).toBeGreaterThan(100_000);
    expect(Number(service!.storedBytes)).toBeGreaterThan(1_000_000);
    expect(Number(service!.requests)).toBeGreaterThan(11);
  });

  it("COST-4: a killed process loses only what it counted since the last write", async () => {
    const before = await requestsOf(`key:${aliceId}`);
    const third = await startTrellis<Ready>([
      ...["reserves", "serve", "--port", "0", "--json", "--workers", "0"],
      ...["--config", join(directory.path, "trellis.yaml"), "--data-dir", join(directory.path, "third")],
    ]);
    services.push(third);
    const last = services.length - 1;
    for (let index = 0; index < 5; index += 1) await ask(last, "/v1/me", aliceKey);
    await expect.poll(() => requestsOf(`key:${aliceId}`), WRITTEN).toBe(before + 5);
    await third.kill();
    expect(await requestsOf(`key:${aliceId}`)).toBe(before + 5);
  });

  it("COST-8, ROW_FORBIDDEN: a customer reads its own usage and cost only", async () => {
    await ask(0, "/v1/me", bobKey);
    await expect
      .poll(async () => (await usage("tenant")).map(({ tenant }) => tenant), WRITTEN)
      .toContain("bob");
    const own = await usage("key", aliceKey);
    expect(own.map(({ tenant, key }) => [tenant, key])).toEqual([["alice", `key:${aliceId}`]]);
    expect((await usage("tenant", aliceKey, "&tenant=alice")).length).toBe(1);
    for (const path of [
      `/v1/usage?${query("tenant", "&tenant=bob")}`,
      `/v1/costs?${query("key", "&tenant=bob")}`,
      `/v1/usage?${query("service")}`,
      `/v1/costs?${query("service")}`,
    ])
      expect(await ask(0, path, aliceKey)).toMatchObject({ status: 403, body: { code: "ROW_FORBIDDEN" } });
    expect(await ask(0, "/v1/costs/forecast", aliceKey)).toMatchObject({
      status: 403,
      body: { code: "ROLE_FORBIDDEN" },
    });
    for (const wrong of [
      `from=${day}&to=2020-01-01`,
      "from=2020-01-01&to=2026-01-01",
      "from=2026-02-31&to=2026-03-01",
    ])
      expect((await ask(0, `/v1/usage?${wrong}`, admin)).status).toBe(400);
  });

  it("COST-3, COST-5: cost at the prices of the settings; a budget is notified once by all processes", async () => {
    const { body } = await ask(0, `/v1/costs?${query("key", "&tenant=alice")}`, admin);
    const [item] = body.items as unknown as {
      currency: string;
      total: string;
      items: Record<string, string>;
    }[];
    const requests = await requestsOf(`key:${aliceId}`);
    expect(item).toMatchObject({ currency: "EUR", total: String(requests * 1_000_000) });
    await expect.poll(() => told.length, { timeout: 90_000, interval: 500 }).toBeGreaterThan(0);
    expect(told).toEqual([
      expect.objectContaining({ kind: "cost.budgetReached", subject: "Budget all of reserves: 50 % spent" }),
    ]);
    const forecast = await ask(0, "/v1/costs/forecast", admin);
    expect(forecast.body).toMatchObject({
      service: "reserves",
      currency: "EUR",
      budgets: [
        { name: "all", tenant: null, month: "10" },
        { name: "alice", tenant: "alice", month: "1000" },
      ],
      storage: { trend: "unknown", capacityBytes: 2 ** 30 },
    });
    const metrics = await fetch(`${services[0]!.ready.url}/metrics`).then((answer) => answer.text());
    expect(metrics).toMatch(/trellis_cost_budget_ratio\{service="reserves",budget="all"\} [1-9]/);
    expect(metrics).toMatch(/trellis_cost_budget_projected_ratio\{service="reserves",budget="alice"\} 0/);
  });
});
