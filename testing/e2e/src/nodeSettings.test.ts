import { createHash } from "node:crypto";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { launchBrowser } from "@trellis/kit/browser";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DARK_WIDE } from "./console/looks.ts";
import { openPage, settled } from "./console/openPage.ts";
import { eventually } from "./eventually.ts";
import { expectStopped } from "./expectStopped.ts";
import { type Devnet, startNode } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const KEYS = { admin: "admin-key", reader: "reader-key" } as const;
const LISTEN = ["--listen", "127.0.0.1:0", "--mdns=false", "--bootstrap", "none"];
const REASON = "a busy day";

let directory: TemporaryDirectory;
let node: Devnet;

beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(async () => {
  await node?.kill();
  await directory.remove();
});

const start = async (...args: string[]): Promise<void> => {
  node = await startNode({ dataDir: `${directory.path}/node`, args: [...LISTEN, ...args] });
};

interface Call {
  readonly method?: string;
  readonly body?: unknown;
  readonly key?: string;
}

async function call(path: string, { method = "GET", body, key }: Call = {}) {
  const response = await fetch(`${node.httpUrl}/node/v1/${path}`, {
    method,
    headers: {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

const put = (name: string, value: unknown, key?: string) =>
  call(`settings/${name}`, {
    method: "PUT",
    body: { value, reason: REASON },
    ...(key !== undefined && { key }),
  });

async function shown(name: string): Promise<unknown> {
  const { json } = await call("settings");
  const items = json.items as { key: string; value: unknown; isChanged: boolean }[];
  const found = items.find(({ key }) => key === name);
  return [found?.value, found?.isChanged];
}

async function refused(): Promise<string | undefined> {
  const text = await (await fetch(`${node.httpUrl}/metrics`)).text();
  return /^trellis_settings_refused (\d)$/m.exec(text)?.[1];
}

let addresses = 0;

/** Of another client each time, because loopback has no limits. */
async function calls(count: number): Promise<number[]> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] });
  const client = `203.0.113.${++addresses}`;
  const headers = { "content-type": "application/json", "x-forwarded-for": client };
  const statuses = [];
  for (let n = 0; n < count; n++)
    statuses.push((await fetch(node.rpcUrl, { method: "POST", body, headers })).status);
  return statuses;
}

describe("settings of a node by its API", () => {
  it("API-20: a change applies, survives a kill with a half-written change, and is reset", async () => {
    const file = `${directory.path}/node/settings.jsonl`;
    await start("--network", "local", "--limit-per-address", "0");
    expect(await calls(40)).not.toContain(429);
    expect(await shown("limitPerAddress")).toEqual([0, false]);
    expect((await put("limitPerAddress", 20)).json).toMatchObject({
      version: 1,
      value: 20,
      by: "user:local",
    });
    expect(await calls(40)).toContain(429);
    expect(node.stderr()).toContain(
      '"key":"limitPerAddress","version":1,"by":"user:local","msg":"settings.saved"',
    );
    expect((await put("peersInbound", 7)).status).toBe(200);
    await node.kill();

    const written = await readFile(file, "utf8");
    expect(written.trim().split("\n")).toHaveLength(2);
    await appendFile(file, written.slice(0, 50));
    await start("--network", "local", "--limit-per-address", "0");
    expect(await shown("peersInbound")).toEqual([7, true]);
    expect(await calls(40)).toContain(429);
    const back = await call(`settings/limitPerAddress?reason=over`, { method: "DELETE" });
    expect(back.json).toMatchObject({ version: 3, value: null });
    expect(await calls(40)).not.toContain(429);
    expect(await shown("limitPerAddress")).toEqual([0, false]);
    const { json } = await call("setting-changes");
    expect(json.items).toMatchObject([
      { version: 3, reason: "over" },
      { version: 2, key: "peersInbound" },
      { version: 1, value: 20, reason: REASON },
    ]);
    expect((await readFile(file, "utf8")).trim().split("\n")).toHaveLength(3);
  });

  it.each([
    ["DYNAMIC_VALUE_INVALID", "peersInbound", 1_000],
    ["DYNAMIC_VALUE_INVALID", "mempoolSize", 5],
    ["DYNAMIC_VALUE_INVALID", "bootstrap", ["nowhere"]],
    ["DYNAMIC_KEY_UNKNOWN", "rpcPort", 1],
    ["DYNAMIC_KEY_UNKNOWN", "access", []],
  ])("%s: %s cannot become %j, and nothing changes", async (code, name, value) => {
    await start("--network", "local", "--ephemeral");
    const before = await call("settings");
    const { status, json } = await put(name, value);
    expect([status < 500, JSON.stringify(json)]).toEqual([true, expect.stringContaining(code)]);
    expect((await call("settings")).json).toEqual(before.json);
  });

  it("a value of the API overrides a changed file, until it is reset; in memory, a restart forgets it", async () => {
    const config = `${directory.path}/trellis.yaml`;
    const write = (peersInbound: number, mempoolTip: number) =>
      writeFile(config, `node:\n  peersInbound: ${peersInbound}\n  mempoolTip: ${mempoolTip}\n`);
    await write(10, 1);
    const args = ["--network", "local", "--ephemeral", "--config", config];
    await start(...args);
    await put("peersInbound", 11);
    await write(12, 2);
    await eventually(async () => ((await shown("mempoolTip")) as unknown[])[0] === 2);
    expect(await shown("peersInbound")).toEqual([11, true]);
    await call("settings/peersInbound?reason=over", { method: "DELETE" });
    expect(await shown("peersInbound")).toEqual([12, false]);
    expect(await refused()).toBe("0");
    await writeFile(config, "node:\n  peersInbound: many\n");
    await eventually(async () => (await refused()) === "1");
    expect(await shown("peersInbound")).toEqual([12, false]);
    await write(12, 2);
    await eventually(async () => (await refused()) === "0");
    await put("peersInbound", 13);
    const { stderr } = await node.stop();
    expect(stderr).toContain("settings.inMemory");
    await start(...args);
    expect(await shown("peersInbound")).toEqual([12, false]);
  });

  it("CROSS_SITE_REQUEST: no web page changes a local node, and no value breaks it", async () => {
    await start("--network", "local", "--ephemeral");
    const url = `${node.httpUrl}/node/v1/settings/peersInbound`;
    const body = JSON.stringify({ value: 7, reason: REASON });
    const from: Record<string, string>[] = [
      { origin: "https://evil.example" },
      { origin: "null" },
      { origin: node.httpUrl.replace(/\d+$/, "1") },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
    ];
    for (const headers of from) {
      const put = { method: "PUT", headers: { "content-type": "application/json", ...headers }, body };
      expect([headers, (await fetch(url, put)).status]).toEqual([headers, 403]);
      expect((await fetch(`${url}?reason=x`, { method: "DELETE", headers })).status).toBe(403);
      const asked = { ...headers, "access-control-request-method": "PUT" };
      const { headers: answered } = await fetch(url, { method: "OPTIONS", headers: asked });
      expect(answered.get("access-control-allow-origin")).toBeNull();
    }
    const deep = `{"reason":"x","value":${"[".repeat(400_000)}${"]".repeat(400_000)}}`;
    const put = { method: "PUT", headers: { "content-type": "application/json" } };
    expect((await fetch(url, { ...put, body: deep })).status).toBeLessThan(500);
    expect((await call("settings")).json.version).toBe(0);
    expectStopped(await node.stop());
  });

  it("PERMISSION_REQUIRED: only principals that may operate the node change settings", async () => {
    const hash = (key: string): string => createHash("sha256").update(key).digest("hex");
    const access = [
      { name: "admin", keyHash: hash(KEYS.admin), permissions: ["admin:guard"] },
      { name: "reader", keyHash: hash(KEYS.reader), permissions: ["eth:*"] },
    ];
    await start("--network", "test", "--access", JSON.stringify(access));
    expect((await put("peersInbound", 7)).status).toBe(401);
    expect((await put("peersInbound", 7, KEYS.reader)).status).toBe(403);
    expect((await call("settings", { key: KEYS.reader })).status).toBe(403);
    expect((await put("peersInbound", 7, KEYS.admin)).json).toMatchObject({ version: 1, by: "key:admin" });
    expect((await call("settings", { key: KEYS.admin })).json).toMatchObject({ version: 1 });
    expectStopped(await node.stop());
  });
});

it("the console shows and changes the settings of a node", async () => {
  await start("--network", "local");
  const browser = await launchBrowser();
  try {
    const { page, complaints } = await openPage(browser, node.httpUrl, DARK_WIDE);
    await page.goto(`${node.httpUrl}/operations/settings`);
    await settled(page);
    await page.getByRole("button", { name: "Edit peersInbound", exact: true }).click();
    const form = page.getByRole("form", { name: "Change peersInbound" });
    await form.getByLabel("New value").fill("9");
    await form.getByLabel("Reason").fill(REASON);
    await form.getByRole("button", { name: "Change setting" }).click();
    await page
      .locator(".changes li")
      .first()
      .filter({ hasText: "peersInbound" })
      .filter({ hasText: "9" })
      .waitFor();
    expect(await shown("peersInbound")).toEqual([9, true]);
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
  }
});
