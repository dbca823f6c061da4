import { launchBrowser } from "@trellis/kit/browser";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DARK_WIDE, inspectInAllLooks } from "./console/looks.ts";
import { openPage, settled } from "./console/openPage.ts";
import { type Devnet, startDevnet } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const WAIT_MS_MAX = 180_000;
const SCRIPT = "<script>alert('name')</script>";

let directory: TemporaryDirectory;
let devnet: Devnet;
let browser: Browser;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  directory = await temporaryDirectory();
  [devnet, browser] = await Promise.all([
    startDevnet({ args: [], arbitrage: "paper", dataDir: directory.path, reserves: true }),
    launchBrowser(),
  ]);
  ({ page, complaints } = await openPage(browser, devnet.httpUrl, DARK_WIDE));
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
const button = (name: string) => page.getByRole("button", { name, exact: true });
const dialog = () => page.getByRole("dialog");

interface Session {
  readonly id: string;
  readonly userAgent: string;
}

async function sessions(): Promise<readonly Session[]> {
  const headers = { authorization: `Bearer ${devnet.ready.reserves!.adminKey}` };
  const answer = await fetch(`${devnet.httpUrl}/v1/sessions`, { headers });
  return ((await answer.json()) as { items: Session[] }).items;
}

describe("pages of access", () => {
  it.each([
    ["operations-sessions", "/operations/access", /this one/],
    ["operations-keys", "/operations/keys", /encryption\/1/],
    ["operations-guard", "/operations/guard", /No bans/],
  ])("%s: shows its contents in every theme and width, and axe finds nothing", async (name, path, shows) => {
    await open(path);
    await page.getByText(shows).first().waitFor();
    await inspectInAllLooks(page, name);
    expect(complaints).toEqual([]);
  });

  it("SESSION_ENDED: an admin ends another browser's session, and then their own", async () => {
    const other = await openPage(browser, devnet.httpUrl, DARK_WIDE);
    try {
      await other.page.goto(`${devnet.httpUrl}/operations/access`);
      await other.page.getByRole("grid", { name: "Browser sessions" }).waitFor();
      await open("/operations/access");
      const rows = page.getByRole("grid", { name: "Browser sessions" }).getByRole("row");
      await rows.filter({ hasText: "this one" }).waitFor();
      const [theirs] = await sessions();
      expect(theirs!.userAgent).toContain("Chrome");
      const newest = rows.filter({ hasText: "ago" }).first();
      expect(await newest.getByText("this one").count()).toBe(0);
      await newest.getByRole("button", { name: "End", exact: true }).click();
      await inspectInAllLooks(page, "operations-session-end");
      await page.keyboard.press("Escape");
      await dialog().waitFor({ state: "detached" });
      await newest.getByRole("button", { name: "End", exact: true }).press("Enter");
      await dialog().getByRole("button", { name: "End session" }).click();
      await dialog().waitFor({ state: "detached" });
      await other.page.getByText("SESSION_ENDED").first().waitFor();
      await page
        .getByRole("row")
        .filter({ hasText: "this one" })
        .getByRole("button", { name: "End all" })
        .click();
      await dialog().getByText("your current session").waitFor();
      await dialog().getByRole("button", { name: "End sessions" }).click();
      await page.getByText("Your session has ended").first().waitFor();
      await open("/operations/access");
      complaints.length = 0;
    } finally {
      await other.page.context().close();
    }
  });

  it("a key is rotated with a delay, replaced, and retired only by typing its name", async () => {
    await open("/operations/keys");
    const row = (name: string) => page.getByRole("grid", { name: "Keys" }).getByRole("row", { name });
    await row("webhook/1 active").getByRole("button", { name: "Rotate" }).click();
    await dialog().getByRole("button", { name: "Rotate" }).click();
    await row("webhook/2 active").waitFor();
    await row("record/1 active").getByRole("button", { name: "Rotate" }).click();
    await dialog().getByLabel("The new key is used").selectOption("in an hour");
    await dialog().getByRole("button", { name: "Rotate" }).click();
    await row("record/2 later").waitFor();
    await row("webhook/1 earlier").getByRole("button", { name: "Retire" }).click();
    await dialog().getByRole("button", { name: "Retire" }).click();
    await dialog().getByText("Type webhook/1.").waitFor();
    await dialog()
      .getByLabel(/to confirm/)
      .fill("webhook/1");
    await dialog().getByRole("button", { name: "Retire" }).click();
    await row("webhook/1 retired").waitFor();
    await row("encryption/1 active").getByRole("button", { name: "Rotate" }).click();
    await dialog().getByRole("button", { name: "Rotate" }).click();
    await row("encryption/1 earlier").waitFor();
    await page.getByRole("status").getByText("done").waitFor({ timeout: WAIT_MS_MAX });
    await inspectInAllLooks(page, "operations-keys-rotated");
    await button("Arbitrage").click();
    await row("session/1 active").waitFor();
    expect(complaints).toEqual([]);
  });

  it("an address is banned with a reason, and unbanned", async () => {
    await open("/operations/guard");
    await button("Reserves").click();
    await page.getByText("limitPerAddress").waitFor();
    const form = page.getByRole("form", { name: "Ban an address or network" });
    await form.getByLabel("Address or network").fill("everybody");
    await form.getByRole("button", { name: "Ban" }).click();
    await form.getByText("Enter an IP address").waitFor();
    await form.getByText("Enter a reason").waitFor();
    await form.getByLabel("Address or network").fill("203.0.113.999");
    await form.getByLabel("Reason").fill(SCRIPT);
    await form.getByRole("button", { name: "Ban" }).click();
    await dialog().getByRole("button", { name: "Ban" }).click();
    await dialog().getByText("REQUEST_INVALID").waitFor();
    complaints.length = 0;
    await page.keyboard.press("Escape");
    await form.getByLabel("Address or network").fill("203.0.113.0/24");
    await form.getByRole("button", { name: "Ban" }).click();
    await dialog().getByRole("button", { name: "Ban" }).click();
    const bans = page.getByRole("grid", { name: "Bans" });
    await bans.getByText("203.0.113.0/24").waitFor();
    await bans.getByText(SCRIPT).waitFor();
    await inspectInAllLooks(page, "operations-guard-banned");
    await bans.getByRole("button", { name: "Unban" }).click();
    await dialog().getByRole("button", { name: "Unban" }).click();
    await page.getByText("No bans").waitFor();
    expect(complaints).toEqual([]);
  });
});
