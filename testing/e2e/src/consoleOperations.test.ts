import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Hex } from "@trellis/base";
import { launchBrowser } from "@trellis/kit/browser";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ADMIN_KEY, marketSettings } from "./arbitrage/ArbitrageService.ts";
import { accountOf } from "./chain.ts";
import { publicClientOf, walletOf } from "./clients.ts";
import { DARK_WIDE, inspectInAllLooks } from "./console/looks.ts";
import { openPage, settled } from "./console/openPage.ts";
import { eventually } from "./eventually.ts";
import { type Devnet, startDevnet, startTrellis } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const WAIT_MS_MAX = 180_000;
const START_MS_MAX = 400_000;
const SCRIPT = "<script>alert('name')</script>";

let directory: TemporaryDirectory;
let devnet: Devnet;
let browser: Browser;
let page: Page;
let complaints: string[];

interface Opportunity {
  readonly id: string;
  readonly outcome: string;
  readonly expectedProfit: string;
  readonly execution: { readonly profit: string | null } | null;
}

async function ask<T>(path: string): Promise<T> {
  const headers = { authorization: `Bearer ${devnet.ready.reserves!.adminKey}` };
  const response = await fetch(`${devnet.httpUrl}/arbitrage/v1${path}`, { headers });
  return (response.ok ? await response.json() : { items: [] }) as T;
}

const finalNumber = async () =>
  (await publicClientOf(devnet.rpcUrl).getBlock({ blockTag: "finalized" })).number;
const executedAsPredicted = async () =>
  (await ask<{ items: Opportunity[] }>("/executions?outcome=executed&limit=200")).items.find(
    ({ expectedProfit, execution }) => execution?.profit === expectedProfit,
  );

beforeAll(async () => {
  directory = await temporaryDirectory();
  [devnet, browser] = await Promise.all([
    startDevnet({
      args: ["--trade-time", "2000"],
      arbitrage: "live",
      dataDir: directory.path,
      reserves: true,
    }),
    launchBrowser(),
  ]);
  ({ page, complaints } = await openPage(browser, devnet.httpUrl, DARK_WIDE));
  await eventually(async () => (await executedAsPredicted()) !== undefined, START_MS_MAX);
  await page.goto(devnet.httpUrl);
  // A devnet signs visitors in automatically.
  await page.locator(".account-signedIn").waitFor();
});

afterAll(async () => {
  await browser?.close();
  await devnet?.stop();
  await directory?.remove();
});

const open = async (path: string): Promise<void> => {
  await page.goto(`${devnet.httpUrl}${path}`);
  await page.locator(".account-signedIn").waitFor();
  await settled(page);
};
const field = (label: string) => page.getByLabel(label, { exact: true });
const button = (name: string | RegExp) => page.getByRole("button", { name, exact: typeof name === "string" });
const dialog = () => page.getByRole("dialog");

const PAGES: readonly (readonly [name: string, path: string, shows: RegExp])[] = [
  ["operations-health", "/operations", /CPU/],
  ["operations-log", "/operations/log", /rpc\.listening|checkpoint\.decided/],
  ["operations-network", "/operations/network", /peer list is not available/],
  ["operations-jobs", "/operations/jobs", /Dead letters/],
  ["operations-cost", "/operations/cost", /Budgets of this month/],
  ["operations-settings", "/operations/settings", /Effective settings/],
  ["operations-access", "/operations/access", /service:first-run/],
  ["operations-audit", "/operations/audit", /hash chain valid/],
  ["arbitrage", "/arbitrage", /→/],
  ["arbitrage-results", "/arbitrage/results", /exactly as expected/],
  ["arbitrage-risk", "/arbitrage/risk", /Consecutive failures/],
  ["arbitrage-market", "/arbitrage/market", /up to date/],
  ["arbitrage-wallets", "/arbitrage/wallets", /Executor wallet/],
  ["arbitrage-settings", "/arbitrage/settings", /gasPriceMax/],
  ["arbitrage-unknown", `/arbitrage/opportunity/0x${"ab".repeat(32)}`, /Opportunity not found/],
  ["arbitrage-script", "/arbitrage/opportunity/%3Cscript%3E", /Invalid opportunity/],
];

const isNotFound = (complaint: string): boolean => complaint.includes("404");

describe("pages of operations and arbitrage", () => {
  it.each(PAGES)(
    "%s: shows its contents in every theme and width, and axe finds nothing",
    async (name, path, shows) => {
      await open(path);
      await page.getByText(shows).first().waitFor();
      await inspectInAllLooks(page, name);
      expect(complaints.splice(0).filter((complaint) => !isNotFound(complaint))).toEqual([]);
    },
  );
});

describe("log", () => {
  it("is followed and filtered, and its levels change at once with author and reason", async () => {
    await open("/operations/log");
    await field("Default level").selectOption("debug");
    await button("Change levels").click();
    await page.getByText("Enter a reason").waitFor();
    await field("Reason").fill("a look at all");
    await button("Change levels").click();
    await page.getByText("The change is recorded in the log").waitFor();
    const lines = page.locator(".log-lines li");
    await lines.filter({ hasText: "logLevels.changed" }).filter({ hasText: "a look at all" }).waitFor();
    await field("Filter").fill("no line has this");
    await page.getByText("No matching lines").waitFor();
    await field("Filter").fill("");
    await field("Minimum level").selectOption("error");
    await page.getByText("logged nothing at this level").waitFor();
  });
});

describe("network", () => {
  it("shows its peers in a table and on a map, and refuses banned peers until the ban ends", async () => {
    const cluster = await startDevnet({ args: ["--nodes", "2"] });
    const visit = await openPage(browser, cluster.httpUrl, DARK_WIDE);
    try {
      await visit.page.goto(`${cluster.httpUrl}/operations/network`);
      await visit.page.getByRole("grid", { name: "Peers", exact: true }).getByText("127.0.0.1").waitFor();
      await visit.page.getByRole("img", { name: "1 peers in 1 subnets" }).waitFor();
      const ban = visit.page.getByRole("form", { name: "Ban a peer" });
      await ban.getByLabel("Peer ID or IP address").fill("not an address");
      await ban.getByRole("button").click();
      await ban.getByText("neither a peer ID nor an IP address").waitFor();
      await ban.getByLabel("Peer ID or IP address").fill("203.0.113.9");
      await ban.getByLabel("Reason").fill(SCRIPT);
      await ban.getByRole("button").click();
      await visit.page.getByRole("dialog").getByRole("button", { name: "Ban" }).click();
      const bans = visit.page.getByRole("grid", { name: "Bans" });
      await bans.getByText("203.0.113.9").waitFor();
      await bans.getByText(SCRIPT).waitFor();
      await visit.page.locator(".subnets .banned").waitFor();
      await inspectInAllLooks(visit.page, "operations-network-banned");
      await bans.getByRole("button", { name: "Unban" }).click();
      await visit.page.getByRole("dialog").getByRole("button", { name: "Unban" }).click();
      await visit.page.getByText("No bans").waitFor();
      expect(visit.complaints).toEqual([]);
    } finally {
      await visit.page.context().close();
      await cluster.stop();
    }
  });
});

describe("jobs", () => {
  it("of each kind of the service are in a tab, and its questions are answered", async () => {
    await open("/operations/jobs");
    const tabs = page.getByRole("group", { name: "Job type" }).getByRole("button");
    const kinds = await tabs.allTextContents();
    expect(kinds).toEqual(expect.arrayContaining(["snapshot", "rotation", "retention", "webhook", "sweep"]));
    for (const kind of kinds) {
      const answer = page.waitForResponse((response) => response.url().includes(`/v1/jobs/${kind}?`));
      await tabs.getByText(kind, { exact: true }).click();
      expect((await answer).status(), kind).toBe(200);
      await page.getByRole("heading", { name: `${kind}: ` }).waitFor();
    }
    await inspectInAllLooks(page, "operations-jobs-last");
    expect(complaints).toEqual([]);
  });

  it("that are dead can be cancelled, and show why they failed", async () => {
    const id = "0b5b1d52-6d0c-4d5e-8f0e-2c3a6f0a1b2c";
    const dead = {
      kind: "snapshot",
      id,
      state: "dead",
      attempts: 1,
      progress: null,
      addedAtMs: 1,
      endedAtMs: 2,
      output: { code: "SUM_OVERFLOW" },
    };
    const asked: string[] = [];
    const jobs = /\/v1\/jobs\/snapshot[?/]/;
    await page.route(jobs, (route) => {
      const method = route.request().method();
      asked.push(`${method} ${new URL(route.request().url()).pathname}`);
      if (method === "DELETE") return route.fulfill({ status: 204 });
      return route.fulfill({ json: { items: [dead] } });
    });
    try {
      await open("/operations/jobs");
      await page.getByText("refused or failed too often").waitFor();
      await page.getByRole("grid", { name: "Jobs" }).getByRole("button", { name: "Cancel" }).click();
      await dialog().getByText("removed permanently").waitFor();
      await dialog().getByRole("button", { name: "Cancel the job" }).click();
      await dialog().waitFor({ state: "detached" });
      expect(asked.filter((one) => one.startsWith("DELETE"))).toEqual([
        expect.stringMatching(new RegExp(`/v1/jobs/snapshot/${id}$`)),
      ]);
    } finally {
      await page.unroute(jobs);
    }
  });
});

describe("administration", () => {
  it("DYNAMIC_VALUE_INVALID: a setting is changed with a reason, refused with its code, and reset", async () => {
    await open("/operations/settings");
    await button("Reserves").click();
    await button("Edit limitPerAddress").click();
    const form = page.getByRole("form", { name: "Change limitPerAddress" });
    await form.getByLabel("New value").fill("-1");
    await form.getByLabel("Reason").fill("to see");
    await form.getByRole("button", { name: "Change setting" }).click();
    await page.getByText("DYNAMIC_VALUE_INVALID").waitFor();
    await form.getByLabel("New value").fill("11999");
    await form.getByLabel("Reason").fill(SCRIPT);
    await form.getByRole("button", { name: "Change setting" }).click();
    const history = page.locator(".changes li").first();
    await history.filter({ hasText: "11999" }).filter({ hasText: SCRIPT }).waitFor();
    await field("Filter").fill("limitPerAddress");
    await page.getByRole("grid", { name: "Settings" }).getByText("changed at run time").waitFor();
    await inspectInAllLooks(page, "operations-settings-changed");
    await button("Edit limitPerAddress").click();
    await button("Reset to file and flags").click();
    await dialog().getByLabel("Reason").fill("it was fine");
    await dialog().getByRole("button", { name: "Reset" }).click();
    await history.filter({ hasText: "reset to file and flags" }).waitFor();
    complaints.length = 0;
  });

  it("an API key is shown once, under any name, and revoked only by typing its name", async () => {
    await open("/operations/access");
    await button("Create key").click();
    await page.getByText("Enter a name").waitFor();
    await field("Name").fill(SCRIPT);
    await field("Scopes").fill("ledger;read");
    await page.getByText("is not a scope").waitFor();
    await field("Scopes").fill("ledger:read");
    await button("Create key").click();
    await page.locator(".secret code").getByText(/^trk_/).waitFor();
    expect(await page.getByText("Enter a name").count()).toBe(0);
    await inspectInAllLooks(page, "operations-access-made");
    await button("I have stored it").click();
    await page.locator(".secret").waitFor({ state: "detached" });
    const row = page.getByRole("row").filter({ hasText: SCRIPT });
    await row.getByRole("button", { name: "Revoke" }).click();
    await dialog().getByRole("button", { name: "Revoke" }).click();
    await dialog().getByText(`Type ${SCRIPT}.`).waitFor();
    await dialog()
      .getByLabel(/to confirm/)
      .fill(SCRIPT);
    await dialog().getByRole("button", { name: "Revoke" }).click();
    await row.getByText("revoked").waitFor();
    expect(complaints).toEqual([]);
  });

  it("arbitrage has its own keys and audit log beside the custodian's", async () => {
    await open("/operations/access");
    await button("Arbitrage").click();
    await page.getByText("resumes trading").waitFor();
    expect(await field("Role").locator("option").allTextContents()).not.toContain("customer");
    await field("Name").fill("a watcher");
    await field("Scopes").fill("arbitrage:read");
    await button("Create key").click();
    await page.locator(".secret code").getByText(/^trk_/).waitFor();
    await inspectInAllLooks(page, "operations-access-arbitrage");
    const keys = await ask<{ items: { name: string }[] }>("/api-keys");
    expect(keys.items.map(({ name }) => name)).toContain("a watcher");
    await button("Reserves").click();
    await page.getByRole("row").filter({ hasText: "service:first-run" }).first().waitFor();
    expect(await page.getByRole("row").filter({ hasText: "a watcher" }).count()).toBe(0);
    await open("/operations/audit");
    await button("Arbitrage").click();
    await page.getByText("hash chain valid").waitFor();
    const made = page.getByRole("row").filter({ hasText: "createApiKey" });
    await made.first().waitFor();
    await inspectInAllLooks(page, "operations-audit-arbitrage");
    expect(complaints).toEqual([]);
  });

  it("verifies the audit log's chain in the browser, and finds a forged entry", async () => {
    await open("/operations/audit");
    await page.getByText("hash chain valid").waitFor();
    await page.getByRole("row").filter({ hasText: "revokeApiKey" }).getByRole("button").click();
    await page.locator(".opened").getByText("Previous hash").waitFor();
    await page.route("**/v1/audit-log?*", async (route) => {
      const answer = await route.fetch();
      const body = (await answer.json()) as { items: { actor: string }[] };
      if (body.items[1] !== undefined) body.items[1].actor = "user:somebody-else";
      await route.fulfill({ response: answer, json: body });
    });
    await open("/operations/audit");
    await page.getByText("at entry 1: its hash does not match its content").waitFor();
    await inspectInAllLooks(page, "operations-audit-forged");
    await page.unrouteAll({ behavior: "ignoreErrors" });
  });
});

describe("arbitrage", () => {
  it("draws a trade's route, shows actual beside predicted results, and retries it", async () => {
    const executed = await executedAsPredicted();
    await open(`/arbitrage/opportunity/${executed!.id}`);
    await page.getByRole("img", { name: /^Route from/ }).waitFor();
    await page.getByText("exactly as expected").first().waitFor();
    await inspectInAllLooks(page, "arbitrage-opportunity");
    await button("Simulate").click();
    await page
      .getByText(/At block|TRADE_REFUSED/)
      .first()
      .waitFor();
    complaints.length = 0;
  });

  it("stops all trading with a reason, shows it everywhere, and an admin revives it", async () => {
    await open("/arbitrage/risk");
    await button("Stop all trading…").click();
    await dialog().getByRole("button", { name: "Stop all trading" }).click();
    await dialog().getByText("Enter a reason").waitFor();
    await inspectInAllLooks(page, "arbitrage-kill");
    await dialog().getByLabel("Reason").fill(SCRIPT);
    await dialog().getByRole("button", { name: "Stop all trading" }).click();
    await page.getByText("Kill switch active").waitFor();
    expect(await ask("/risk")).toMatchObject({ killed: { reason: SCRIPT } });
    await open("/arbitrage/wallets");
    await page.getByRole("alert").getByText(SCRIPT).waitFor();
    await inspectInAllLooks(page, "arbitrage-killed");
    await button("Resume trading…").click();
    await dialog().getByLabel("Reason").fill("it was a test");
    await dialog().getByRole("button", { name: "Resume trading" }).click();
    await page.getByText("Kill switch active").waitFor({ state: "detached" });
    expect(await ask("/risk")).toMatchObject({ killed: null });
    expect(complaints).toEqual([]);
  });

  it("changes a limit with a reason while the engine runs", async () => {
    await open("/arbitrage/settings");
    await button("Edit failuresMax").click();
    const form = page.getByRole("form", { name: "Change failuresMax" });
    await form.getByLabel("New value").fill("77");
    await form.getByLabel("Reason").fill("a calm day");
    await form.getByRole("button", { name: "Change setting" }).click();
    await page.locator(".changes li").filter({ hasText: "a calm day" }).waitFor();
    expect(await ask("/risk")).toMatchObject({ limits: { failuresMax: 77 } });
    expect(complaints).toEqual([]);
  });
});

describe("the books of arbitrage", () => {
  it("TRANSFER_UNKNOWN: a top-up is shown as a difference, and an admin books it by its hash", async () => {
    const { items } = await ask<{ items: { address: Hex; isExecutor: boolean }[] }>("/wallets");
    const to = items.find(({ isExecutor }) => isExecutor)!.address;
    const hash = await walletOf(devnet.rpcUrl, accountOf(5)).sendTransaction({ to, value: 5n * 10n ** 18n });
    await open("/arbitrage");
    const form = page.getByRole("form", { name: "Book external transfers" });
    await form.getByRole("button", { name: "Book transfers" }).click();
    await form.getByText("Enter at least one hash").waitFor();
    await form.getByText("Enter a reason").waitFor();
    await form.getByLabel("Transaction hashes").fill(`0x${"ab".repeat(32)}`);
    await form.getByLabel("Reason").fill(SCRIPT);
    await form.getByRole("button", { name: "Book transfers" }).click();
    await form.getByText("transaction not in any block").waitFor();
    await form.getByText("TRANSFER_UNKNOWN").waitFor();
    await inspectInAllLooks(page, "arbitrage-books-refused");
    const { blockNumber } = await publicClientOf(devnet.rpcUrl).waitForTransactionReceipt({ hash });
    await eventually(async () => (await finalNumber()) >= blockNumber, WAIT_MS_MAX);
    await form.getByLabel("Transaction hashes").fill(hash);
    await form.getByRole("button", { name: "Book transfers" }).click();
    await page.getByRole("status").filter({ hasText: "Booked:" }).getByText("+5 coins").waitFor();
    await form.waitFor({ state: "detached" });
    await inspectInAllLooks(page, "arbitrage-booked");
    expect(complaints.splice(0).filter((complaint) => !isNotFound(complaint))).toEqual([]);
  });
});

describe("standalone arbitrage service", () => {
  it("has its own console: home page, keys and audit log, without dead links", async () => {
    const settings = await marketSettings(devnet.ready.arbitrage!.settingsFile);
    const file = join(directory.path, "alone.json");
    const key = join(directory.path, "alone-key");
    const alone = {
      ...settings,
      dataDir: join(directory.path, "alone"),
      port: 0,
      adminKeyFrom: `file:${key}`,
    };
    await writeFile(key, ADMIN_KEY, { mode: 0o600 });
    await writeFile(file, JSON.stringify({ arbitrage: alone }));
    const service = await startTrellis<{ readonly url: string }>([
      ...["arbitrage", "serve", "--config", file, "--json"],
    ]);
    const { url } = service.ready;
    const visit = await openPage(browser, url, DARK_WIDE);
    const main = visit.page.locator("main");
    try {
      await visit.page.goto(url);
      await main.getByRole("heading", { name: "Opportunities", level: 1 }).waitFor();
      await main.getByText("This page is for operators").waitFor();
      await main.getByRole("link", { name: "Sign in" }).click();
      await visit.page.getByLabel("API key", { exact: true }).fill(ADMIN_KEY);
      await visit.page.getByRole("button", { name: "Sign in" }).click();
      await main.getByText("Paper trading", { exact: true }).waitFor();
      await inspectInAllLooks(visit.page, "alone-arbitrage");
      const links = visit.page.getByRole("navigation", { name: "Pages" }).getByRole("link");
      const names = await links.allTextContents();
      expect(names).toEqual(expect.arrayContaining(["Opportunities", "Users and sessions", "Audit log"]));
      for (const name of names) {
        await links.getByText(name, { exact: true }).click();
        await settled(visit.page);
        expect(await main.textContent(), name).not.toMatch(
          /not available on this server|Page not found|unknown decimals|base units of/,
        );
      }
      await main.getByText("hash chain valid").waitFor();
      await visit.page.goto(`${url}/blocks`);
      await main.getByText("The chain is not available on this server").waitFor();
      expect(visit.complaints).toEqual([]);
    } finally {
      await visit.page.context().close();
      await service.stop();
    }
  });
});

describe("services that are down", () => {
  it("stale data is marked, and is live again when they are back", async () => {
    await open("/operations");
    await page.getByRole("heading", { name: "CPU" }).waitFor();
    const other = await page.context().newPage();
    await other.goto(`${devnet.httpUrl}/arbitrage`);
    await other.locator("main .freshness-live").waitFor();
    const httpPort = Number(new URL(devnet.httpUrl).port);
    await devnet.stop();
    await other.locator("main .freshness-lost", { hasText: /stale, .+ ago/ }).waitFor();
    await other.close();
    await page.bringToFront();
    await page.getByText("does not respond", { exact: true }).waitFor();
    await page
      .getByText(/^stale, updated/)
      .first()
      .waitFor();
    await page.getByRole("heading", { name: "CPU" }).waitFor();
    await inspectInAllLooks(page, "operations-stale");
    devnet = await startDevnet({ httpPort, dataDir: directory.path, reserves: true, arbitrage: "paper" });
    await page.getByText("ready", { exact: true }).waitFor();
    await page
      .getByText(/^stale, updated/)
      .first()
      .waitFor({ state: "detached" });
    await button("Arbitrage").click();
    await page.locator(".parts").getByText("engine", { exact: true }).waitFor();
  });
});
