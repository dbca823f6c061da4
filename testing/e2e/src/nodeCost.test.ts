import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { launchBrowser } from "@trellis/kit/browser";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { DARK_WIDE } from "./console/looks.ts";
import { openPage, settled } from "./console/openPage.ts";
import { eventually } from "./eventually.ts";
import { expectStopped } from "./expectStopped.ts";
import { type Devnet, startNode } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const NAMES = ["admin", "alice", "bob"] as const;
type Name = (typeof NAMES)[number];

let directory: TemporaryDirectory;
let receiver: Server;
let node: Devnet;
let received: { readonly kind: string; readonly subject: string }[];

beforeEach(async () => {
  directory = await temporaryDirectory();
  received = [];
  receiver = createServer(async (request, response) => {
    received.push(JSON.parse(Buffer.concat((await request.toArray()) as Buffer[]).toString()));
    response.end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  await node?.kill();
  receiver.close();
  await directory.remove();
});

const PERMISSIONS = { admin: "admin:guard", alice: "eth:*", bob: "eth:*" };
const ACCESS = NAMES.map((name) => ({
  name,
  keyHash: createHash("sha256").update(name).digest("hex"),
  permissions: [PERMISSIONS[name]],
  ...(name === "bob" && { tenant: "bob-inc" }),
}));

async function configure(millionRequests: string): Promise<void> {
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const rule = { name: "cost", kinds: ["cost.budgetReached"], severityMin: "info", channels: ["post"] };
  const plan = { channels: { post: { kind: "post", url } }, rules: [rule] };
  await writeFile(`${directory.path}/notify.json`, JSON.stringify(plan));
  const settings = {
    access: ACCESS,
    unitPrices: { currency: "EUR", millionRequests },
    budgets: [{ name: "bob", tenant: "bob-inc", month: "20" }],
    notify: `${directory.path}/notify.json`,
    allowPrivateWebhooks: true,
  };
  await writeFile(`${directory.path}/trellis.yaml`, JSON.stringify({ node: settings }));
}

async function start(): Promise<void> {
  node = await startNode({
    dataDir: `${directory.path}/node`,
    args: [
      ...["--network", "test", "--listen", "127.0.0.1:0", "--mdns=false", "--bootstrap", "none"],
      ...["--config", `${directory.path}/trellis.yaml`],
    ],
  });
}

const CALL = { jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] };
const keyOf = (name: Name) => ({ authorization: `Bearer ${name}` });

async function send(name: Name, body: unknown, url = node.rpcUrl): Promise<void> {
  const headers = { ...keyOf(name), "content-type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
  await answer.text();
}

async function sendBySocket(name: Name, count: number): Promise<void> {
  const socket = new WebSocket(node.wsUrl, { headers: keyOf(name) });
  await new Promise((resolve) => socket.once("open", resolve));
  for (let sent = 0; sent < count; sent += 1) {
    socket.send(JSON.stringify(CALL));
    await new Promise((resolve) => socket.once("message", resolve));
  }
  socket.close();
}

interface Item {
  readonly tenant: string | null;
  readonly key: string;
  readonly requests: string;
  readonly bytesOut: string;
  readonly cpuMicros: string | null;
  readonly storedBytes: string | null;
  readonly total: string;
}

async function get(name: Name, path: string): Promise<{ status: number; json: { items: Item[] } }> {
  const answer = await fetch(`${node.httpUrl}/node/v1/${path}`, { headers: keyOf(name) });
  return { status: answer.status, json: (await answer.json()) as { items: Item[] } };
}

const DAYS = ((): string => {
  const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, "2026-11-25".length);
  return `from=${dayOf(Date.now() - 86_400_000)}&to=${dayOf(Date.now() + 86_400_000)}`;
})();

async function requestsOf(key: string): Promise<number> {
  const { items } = (await get("admin", `usage?${DAYS}&by=key`)).json;
  return items.filter((item) => item.key === key).reduce((sum, { requests }) => sum + Number(requests), 0);
}

describe("cost of a node", () => {
  it("COST-9: counts by key survive a kill, and a reached budget is notified once", async () => {
    await configure("1000000");
    await start();
    for (let sent = 0; sent < 3; sent += 1) await send("alice", CALL);
    await send(
      "bob",
      Array.from({ length: 15 }, () => CALL),
    );
    await send("bob", CALL, `${node.httpUrl}/rpc`);
    await sendBySocket("bob", 4);
    await eventually(async () => (await requestsOf("key:bob")) === 20);
    expect(await requestsOf("key:alice")).toBe(3);

    const [service] = (await get("admin", `usage?${DAYS}`)).json.items;
    expect(Number(service!.cpuMicros)).toBeGreaterThan(0);
    expect(Number(service!.storedBytes)).toBeGreaterThan(0);
    expect(Number(service!.bytesOut)).toBeGreaterThan(20 * 100);
    const own = (await get("bob", `costs?${DAYS}&by=key`)).json.items;
    expect(own.map(({ tenant, key }) => [tenant, key])).toContainEqual(["bob-inc", "key:bob"]);
    expect(own.every(({ tenant }) => tenant === "bob-inc")).toBe(true);
    expect((await get("bob", `usage?${DAYS}&by=key&tenant=alice`)).status).toBe(403);
    expect((await get("bob", "costs/forecast")).status).toBe(403);
    expect((await get("alice", `usage?${DAYS}&by=key`)).status).toBe(403);

    await node.kill();
    await start();
    expect(await requestsOf("key:alice")).toBe(3);
    expect(await requestsOf("key:bob")).toBeGreaterThanOrEqual(20);
    await eventually(() => received.length > 0);
    expect(received.map(({ subject }) => subject)).toEqual(["Budget bob of node: 100 % spent"]);
    const metrics = await (await fetch(`${node.httpUrl}/metrics`)).text();
    expect(metrics).toMatch(
      /^trellis_cost_budget_ratio\{service="node",budget="bob"\} 1\.\d*$|ratio\{.*\} 1$/m,
    );
    await send("alice", CALL);
    expectStopped(await node.stop());

    await start();
    expect(await requestsOf("key:alice")).toBe(4);
    await eventually(async () =>
      (await (await fetch(`${node.httpUrl}/metrics`)).text()).includes("trellis_cost_budget_ratio{"),
    );
    expectStopped(await node.stop());
    expect(received).toHaveLength(1);
  });

  it("COST-9: a damaged file is set aside, and the node starts", async () => {
    await configure("1");
    await start();
    await send("alice", CALL);
    expectStopped(await node.stop());
    const day = new Date().toISOString().slice(0, "2026-11-25".length);
    await writeFile(`${directory.path}/node/usage/${day}.json`, "{");
    await start();
    await send("alice", CALL);
    const { stderr } = await node.stop();
    expect(stderr.match(/cost\.fileInvalid/g)).toHaveLength(1);
  });
});

it("the console shows the usage of a node", async () => {
  node = await startNode({
    args: [
      ...["--network", "local", "--listen", "127.0.0.1:0", "--mdns=false", "--bootstrap", "none"],
      ...["--budgets", JSON.stringify([{ name: "monthly", month: "7" }])],
    ],
  });
  const body = JSON.stringify(CALL);
  await fetch(node.rpcUrl, { method: "POST", headers: { "content-type": "application/json" }, body });
  const browser = await launchBrowser();
  try {
    const { page, complaints } = await openPage(browser, node.httpUrl, DARK_WIDE);
    await eventually(async () => {
      const answer = await fetch(`${node.httpUrl}/node/v1/usage?${DAYS}&by=key`);
      const { items } = (await answer.json()) as { items: Item[] };
      return items.some(({ key }) => key === "local");
    });
    await page.goto(`${node.httpUrl}/operations/cost`);
    await settled(page);
    await page.getByText("monthly").waitFor();
    await page.getByRole("group", { name: "By" }).getByRole("button", { name: "key", exact: true }).click();
    await page.getByText("local", { exact: true }).first().waitFor();
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
  }
});
