import { gzipSync } from "node:zlib";
import { launchBrowser } from "@trellis/kit/browser";
import type { Browser } from "playwright-core";
import type { Address, Hex } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accountOf } from "./chain.ts";
import { publicClientOf, rpcCall, walletOf } from "./clients.ts";
import { DARK_WIDE, inspectInAllLooks } from "./console/looks.ts";
import { axeViolations, openPage, screenshot, settled, type Visit } from "./console/openPage.ts";
import { eventually } from "./eventually.ts";
import { type Devnet, startDevnet } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";
import { deployToken, tokenAbi } from "./token.ts";

const DEVNET = ["--block-time", "1000"];
const BLOCKS = 60;
const TOKEN_NAME = "<script>alert('token')</script>";
const TOKEN_SYMBOL = `EVIL${"W".repeat(60)}`;
const SCRIPT_BYTES_MAX = 250 * 1024;
const FIRST_VIEW_MS_MAX = 1_000;

let directory: TemporaryDirectory;
let devnet: Devnet;
let browser: Browser;
let token: Address;
let transfer: Hex;

beforeAll(async () => {
  directory = await temporaryDirectory();
  devnet = await startDevnet({ args: DEVNET, dataDir: directory.path });
  browser = await launchBrowser();
  const account = accountOf(0);
  token = await deployToken(devnet.rpcUrl, account, TOKEN_NAME, TOKEN_SYMBOL, 10n ** 24n);
  const request = {
    address: token,
    abi: tokenAbi,
    functionName: "transfer",
    args: [accountOf(1).address, 10n ** 18n],
  } as const;
  transfer = await walletOf(devnet.rpcUrl, account).writeContract(request);
  await publicClientOf(devnet.rpcUrl).waitForTransactionReceipt({ hash: transfer });
  for (let block = 0; block < BLOCKS; block++) await rpcCall(devnet.rpcUrl, "trellis_mine", []);
});

afterAll(async () => {
  await browser?.close();
  await devnet?.stop();
  await directory?.remove();
});

const PAGES: readonly (readonly [name: string, path: () => string, shows: RegExp])[] = [
  ["overview", () => "/", /Newest chain blocks/],
  ["dag", () => "/dag", /selected chain/],
  ["blocks", () => "/blocks", /newest first/],
  ["block", () => "/block/1", /Chain block 1/],
  ["transaction", () => `/transaction/${transfer}`, /succeeded/],
  ["account", () => `/address/${accountOf(0).address}`, /Account/],
  ["token", () => `/address/${token}`, /EVIL/],
  ["tokens", () => "/tokens", /EVIL/],
  ["mempool", () => "/mempool", /No pending transactions|Nonce/],
  ["validators", () => "/validators", /Signatures in epoch/],
  ["validator", () => `/validator/${accountOf(0).address}`, /Participation/],
  ["no validator", () => `/validator/${accountOf(1).address}`, /is not a validator/],
  ["checkpoint", () => "/checkpoint/1", /Aggregate signature/],
  ["unknown checkpoint", () => `/checkpoint/${"9".repeat(15)}`, /Checkpoint .* not found/],
  ["huge checkpoint", () => `/checkpoint/${"9".repeat(80)}`, /Invalid checkpoint number/],
  ["unknown evidence", () => "/evidence/7-0", /Evidence not found/],
  ["no proposals", () => "/governance", /No proposals yet/],
  ["unknown proposal", () => `/governance/${"9".repeat(80)}`, /Proposal not found/],
  ["your account", () => "/account", /Open a key file/],
  ["faucet", () => "/faucet", /Send test coins/],
  [
    "topic",
    () => `/topic/0x${accountOf(0).address.slice(2).toLowerCase().padStart(64, "0")}`,
    /Logs by topic/,
  ],
  ["one shard", () => "/shards", /This network has one shard/],
  ["unknown message", () => `/message/0x${"ab".repeat(32)}`, /Message not found/],
  ["malformed message", () => "/message/0xab", /Invalid message ID/],
  ["streams", () => "/streams", /hashes per block/],
  ["mining", () => "/mining", /since the node's start/],
  ["peers", () => "/peers", /peer list is not available/],
  ["search", () => "/search?text=nothing-is-called-so", /No results for/],
  ["search of dots", () => "/search?text=..", /No results for “\.\.”/],
  ["malformed escape", () => "/address/%E0%A4%A", /Invalid address/],
  ["unknown block", () => `/block/0x${"ab".repeat(32)}`, /Block not found/],
  ["unknown transaction", () => `/transaction/0x${"ab".repeat(32)}`, /Transaction not found/],
  ["huge number", () => `/block/${"9".repeat(80)}`, /Invalid block ID/],
  ["script for an address", () => "/address/%3Cscript%3Ealert(1)%3C%2Fscript%3E", /Invalid address/],
  ["no custodian", () => "/reserves", /Proof of reserves is not available/],
  ["no jobs", () => "/operations/jobs", /This service is not available/],
  ["cost", () => "/operations/cost", /This month, projected/],
  ["nobody to sign in with", () => "/sign-in", /Sign-in is not available/],
  ["no such page", () => "/no/such/page", /Page not found/],
];

interface ShownBlock {
  readonly isChainBlock: boolean;
  readonly color?: string;
  readonly number: number;
  readonly blueScore: number;
}

interface Camera {
  readonly scale: number;
  readonly x: number;
  readonly isFollowing: boolean;
}

function cameraOf(element: unknown): Camera {
  const { camera, isFollowing } = (element as { readonly scene: { camera: Camera; isFollowing: boolean } })
    .scene;
  return { scale: camera.scale, x: camera.x, isFollowing };
}

function blockCount(element: unknown): number {
  return (element as { readonly scene: { readonly blocks: Map<string, object> } }).scene.blocks.size;
}

describe("a page of the console, dark and light, wide and narrow", () => {
  let visit: Visit;
  beforeAll(async () => {
    visit = await openPage(browser, devnet.httpUrl, DARK_WIDE);
  });
  afterAll(async () => visit?.page.context().close());

  it.each(PAGES)("%s: shows its contents, and axe finds nothing", async (name, path, shows) => {
    const { page, complaints } = visit;
    await page.goto(`${devnet.httpUrl}${path()}`);
    await settled(page);
    await page.getByText(shows).first().waitFor();
    await inspectInAllLooks(page, name.replaceAll(" ", "-"));
    const expected = name === "no such page" ? [expect.stringContaining("404")] : [];
    expect(complaints.splice(0)).toEqual(expected);
  });
});

describe("console", () => {
  const look = DARK_WIDE;

  it("searches by number, hash, address and token, and opens the result", async () => {
    const { page } = await openPage(browser, devnet.httpUrl, look);
    await page.goto(devnet.httpUrl);
    await page.locator("main h1").waitFor();
    const search = async (text: string, url: RegExp): Promise<void> => {
      await page.keyboard.press("Control+K");
      await page.keyboard.press("Control+A");
      await page.keyboard.type(text);
      await page.keyboard.press("Enter");
      await page.waitForURL(url);
      await page
        .locator("main h1")
        .focus()
        .catch(() => {});
      await page.evaluate("document.activeElement?.blur()");
    };
    await search("2", /\/block\/0x/);
    await search(transfer, /\/transaction\/0x/);
    await search("evil", new RegExp(`/address/${token}`, "i"));
    await page.context().close();
  });

  it("lists the possible meanings of a text, navigable by keys while the focus stays", async () => {
    const { page, complaints } = await openPage(browser, devnet.httpUrl, look);
    await page.goto(devnet.httpUrl);
    await page.locator("main h1").waitFor();
    const field = page.getByRole("combobox", { name: /^Search/ });
    const state = async () => ({
      isExpanded: await field.getAttribute("aria-expanded"),
      active: await field.getAttribute("aria-activedescendant"),
    });
    const selected = page.locator('[role="option"][aria-selected="true"]');
    await page.keyboard.press("Control+K");
    expect(await state()).toEqual({ isExpanded: "false", active: null });
    await page.keyboard.type(token);
    const list = page.getByRole("listbox");
    await list.getByRole("option").nth(1).waitFor();
    expect(await field.getAttribute("aria-controls")).toBe(await list.getAttribute("id"));
    expect(await state()).toEqual({ isExpanded: "true", active: null });
    await inspectInAllLooks(page, "search-offers");
    const [first, second] = await list.getByRole("option").all();
    for (const [key, at] of [
      ["ArrowDown", first],
      ["ArrowDown", second],
      ["ArrowDown", undefined],
      ["ArrowUp", second],
      ["ArrowUp", first],
    ] as const) {
      await page.keyboard.press(key);
      const id = (await at?.getAttribute("id")) ?? null;
      await expect.poll(state).toEqual({ isExpanded: "true", active: id });
      expect(await selected.count()).toBe(at === undefined ? 0 : 1);
    }
    await page.keyboard.press("Escape");
    await list.waitFor({ state: "detached" });
    expect(await state()).toEqual({ isExpanded: "false", active: null });
    expect(await field.inputValue()).toBe(token);
    await page.keyboard.press("ArrowDown");
    await list.waitFor();
    await page.keyboard.press("ArrowDown");
    await selected.waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL(new RegExp(`/address/${token}`, "i"));
    await list.waitFor({ state: "detached" });
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("a token's long or stacked names are marked and stay in their line", async () => {
    const name = `Z\u0351\u0352${"\u0301".repeat(40)}${"n".repeat(40)}`;
    const long = await deployToken(devnet.rpcUrl, accountOf(0), name, "L".repeat(2_000), 1n);
    const { page } = await openPage(browser, devnet.httpUrl, look);
    await page.goto(`${devnet.httpUrl}/address/${long}`);
    const title = page.locator("main h1, main .card h2").filter({ hasText: "too long to show" });
    await title.first().waitFor();
    const said = title.first().locator(".said");
    expect(await said.getAttribute("title")).toBe(`${[...name].slice(0, 63).join("")}…`);
    await inspectInAllLooks(page, "token-long");
    await page.context().close();
  });

  it("each page has its name in the tab, and reading continues at the heading after navigation", async () => {
    const { page } = await openPage(browser, devnet.httpUrl, look);
    const focused = () =>
      page.evaluate<string>("document.activeElement.id || document.activeElement.tagName");
    await page.goto(`${devnet.httpUrl}/dag`);
    await page.locator("main h1").waitFor();
    expect(await page.title()).toBe("DAG · Trellis");
    expect(await focused()).toBe("BODY");
    await page.getByRole("link", { name: "Tokens", exact: true }).click();
    await page.getByRole("main", { name: "Tokens" }).waitFor();
    await expect.poll(focused).toBe("main");
    expect(await page.title()).toBe("Tokens · Trellis");
    await page.goto(`${devnet.httpUrl}/block/0x${"ab".repeat(32)}`);
    await expect.poll(() => page.title()).toMatch(/^Block not found · Trellis$/);
    await page.goto(`${devnet.httpUrl}/no/such/page`);
    await expect.poll(() => page.title()).toBe("Page not found · Trellis");
    await page.context().close();
  });

  it("shows a transaction's calls and state changes on request", async () => {
    const { page, complaints } = await openPage(browser, devnet.httpUrl, look);
    await page.goto(`${devnet.httpUrl}/transaction/${transfer}`);
    await page.getByRole("button", { name: "Show state changes" }).click();
    await page.getByText("Slot").first().waitFor();
    await page.getByRole("button", { name: "Show calls" }).click();
    await page.locator(".tree .call").first().waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("keeps an error visible during a retry", async () => {
    const { page } = await openPage(browser, devnet.httpUrl, look);
    let askedCount = 0;
    page.on("websocket", (socket) =>
      socket.on("framesent", ({ payload }) => {
        if (String(payload).includes("eth_call")) askedCount++;
      }),
    );
    await page.goto(`${devnet.httpUrl}/validator/${accountOf(1).address}`);
    await page.getByRole("heading", { name: "is not a validator" }).waitFor();
    await page.evaluate(`{
      globalThis.changes = 0;
      new MutationObserver(() => changes++).observe(document.querySelector("main"), { childList: true, subtree: true });
    }`);
    const before = askedCount;
    await expect.poll(() => askedCount).toBeGreaterThan(before + 2);
    expect(await page.evaluate("changes")).toBe(0);
    await page.context().close();
  });

  it("the DAG has the colours of trellis_getDag, and is navigable by keys", async () => {
    const { page } = await openPage(browser, devnet.httpUrl, look);
    await page.goto(`${devnet.httpUrl}/dag`);
    const canvas = page.locator("canvas");
    await canvas.waitFor();
    await expect.poll(() => canvas.evaluate(blockCount)).toBeGreaterThan(10);
    const shown = await canvas.evaluate((element) => {
      const { scene } = element as unknown as {
        scene: { blocks: Map<string, { block: ShownBlock }> };
      };
      return [...scene.blocks].map(([hash, { block }]) => ({
        hash,
        number: block.number,
        blueScore: block.blueScore,
        tint: block.isChainBlock ? "chain" : (block.color ?? "pending"),
      }));
    });
    const scores = shown.map(({ blueScore }) => blueScore);
    const range = [Math.min(...scores), Math.max(...scores)].map((score) => `0x${score.toString(16)}`);
    const { result } = await rpcCall(devnet.rpcUrl, "trellis_getDag", range);
    const told = new Map(
      (result as readonly { hash: string; isChainBlock: boolean; color: string | null }[]).map(
        ({ hash, isChainBlock, color }) => [hash, isChainBlock ? "chain" : (color ?? "pending")],
      ),
    );
    const newest = Math.max(...shown.map(({ number }) => number)) - 5;
    for (const { hash, number, tint } of shown.filter((block) => block.number < newest)) {
      expect([number, tint]).toEqual([number, told.get(hash)]);
    }
    await canvas.focus();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    await page
      .locator(".dag [aria-live]")
      .getByText(/chain block/)
      .waitFor({ state: "attached" });
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/block\/0x/);
    await page.context().close();
  });

  it("the DAG is moved by one finger, zoomed by two, and moved and zoomed by keys", async () => {
    const context = await browser.newContext({ viewport: { width: 375, height: 800 }, hasTouch: true });
    const page = await context.newPage();
    await page.goto(`${devnet.httpUrl}/dag`);
    const canvas = page.locator("canvas");
    await expect.poll(() => canvas.evaluate(blockCount)).toBeGreaterThan(10);
    const box = (await canvas.boundingBox())!;
    const at = (dx: number) => ({ x: box.x + box.width / 2 + dx, y: box.y + box.height / 2 });
    const touch = await context.newCDPSession(page);
    const send = (
      type: "touchStart" | "touchMove" | "touchEnd",
      ...touchPoints: { x: number; y: number }[]
    ) => touch.send("Input.dispatchTouchEvent", { type, touchPoints });
    const camera = () => canvas.evaluate(cameraOf);

    const before = await camera();
    expect(before.isFollowing).toBe(true);
    await send("touchStart", at(-60));
    for (const dx of [-30, 0, 30, 60]) await send("touchMove", at(dx));
    await send("touchEnd");
    const moved = await camera();
    expect(moved.isFollowing).toBe(false);
    expect(moved.scale).toBe(before.scale);

    await send("touchStart", at(-40), at(40));
    for (const spread of [60, 80, 100, 120]) await send("touchMove", at(-spread), at(spread));
    await send("touchEnd");
    const zoomed = await camera();
    expect(zoomed.scale / moved.scale).toBeCloseTo(3, 1);
    expect(Math.abs(zoomed.x - moved.x)).toBeLessThan(1);
    await screenshot(page, "dag-touched", { theme: "light", width: 375 });

    await canvas.focus();
    await page.keyboard.press("Shift+ArrowRight");
    expect((await camera()).x).toBeCloseTo(zoomed.x + 60 / zoomed.scale, 3);
    await page.keyboard.press("-");
    expect((await camera()).scale).toBeCloseTo(zoomed.scale / 1.25, 3);
    await page.keyboard.press("+");
    expect((await camera()).scale).toBeCloseTo(zoomed.scale, 3);
    await page.keyboard.press("f");
    expect((await camera()).isFollowing).toBe(true);
    await context.close();
  });

  it("is marked as stale when the node is down, and resumes when it is back", async () => {
    const { page } = await openPage(browser, devnet.httpUrl, look);
    await page.goto(devnet.httpUrl);
    await page.locator(".freshness-live").waitFor();
    const httpPort = Number(new URL(devnet.httpUrl).port);
    await devnet.stop();
    await page.getByRole("alert").getByText("does not respond").waitFor();
    await screenshot(page, "stale", look);
    expect(await page.getByText("Newest chain blocks").isVisible()).toBe(true);
    await page.getByRole("link", { name: "Peers" }).click();
    await page.getByText("page not loaded").waitFor();
    await screenshot(page, "not-loaded", look);
    devnet = await startDevnet({
      args: DEVNET,
      httpPort,
      dataDir: directory.path,
    });
    await page.locator(".freshness-live").waitFor();
    await page.getByRole("alert").waitFor({ state: "detached" });
    await page.getByRole("heading", { name: "Peers", exact: true }).waitFor();
    await page.context().close();
  });

  it("starts over when another chain appears at its address", async () => {
    const first = await startDevnet();
    const { page } = await openPage(browser, first.httpUrl, look);
    await page.goto(first.httpUrl);
    await page.locator(".freshness-live").waitFor();
    await page.evaluate("globalThis.isOfFirstChain = true");
    await first.stop();
    const httpPort = Number(new URL(first.httpUrl).port);
    const second = await startDevnet({ httpPort, args: ["--accounts", "3"] });
    try {
      await eventually(() =>
        page.evaluate("globalThis.isOfFirstChain === undefined").then(Boolean, () => false),
      );
      await page.locator(".freshness-live").waitFor();
    } finally {
      await page.context().close();
      await second.stop();
    }
  });

  it("is small, fast, and connects only to its own origin", async () => {
    const response = await fetch(devnet.httpUrl, { headers: { accept: "text/html" } });
    const policy = response.headers.get("content-security-policy");
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
    const html = await response.text();
    const scripts = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map(([, path]) => path!);
    const sizes = await Promise.all(
      scripts.map(async (path) => {
        const script = await fetch(`${devnet.httpUrl}${path}`);
        expect(script.headers.get("cache-control")).toContain("immutable");
        return gzipSync(Buffer.from(await script.arrayBuffer())).length;
      }),
    );
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    console.log(`initial script: ${(bytes / 1024).toFixed(1)} KiB compressed`);
    expect(bytes).toBeLessThan(SCRIPT_BYTES_MAX);
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
    expect(html).not.toMatch(/(?:src|href)="(?:[a-z]+:)?\/\//);
    const { page } = await openPage(browser, devnet.httpUrl, look);
    await page.goto(devnet.httpUrl);
    await page.locator(".figures").first().waitFor();
    const firstViewMs = await page.evaluate<number>(
      "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0",
    );
    console.log(`first view after ${firstViewMs.toFixed(0)} ms (aim: ${FIRST_VIEW_MS_MAX})`);
    await page.context().close();
  });

  it("CROSS_SITE_REQUEST: a page of another origin cannot use it", async () => {
    const response = await fetch(`${devnet.httpUrl}/rpc`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: "http://elsewhere.example" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_blockNumber", params: [] }),
    });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: "CROSS_SITE_REQUEST" });
  });
});
