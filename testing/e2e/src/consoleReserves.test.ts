import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { createCustodian, createReservesClient } from "@trellis/client/reserves";
import { launchBrowser } from "@trellis/kit/browser";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dropFile, dropLarge, pasteText } from "./console/dropFile.ts";
import { serveEvilPage } from "./console/evilPage.ts";
import { DARK_WIDE, inspectInAllLooks } from "./console/looks.ts";
import { openPage, settled } from "./console/openPage.ts";
import { tamperedProofs } from "./console/tamperedProofs.ts";
import { eventually } from "./eventually.ts";
import { type Devnet, startDevnet } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const CUSTOMER = "customer-0007";
const SCRIPT_CUSTOMER = `<img src=x onerror="document.title='owned'">`;
const HUGE = String(2n ** 127n);
const SEED_MS_MAX = 150_000;
const PROOF_LEVELS = 15;

let directory: TemporaryDirectory;
let devnet: Devnet;
let browser: Browser;
let proof: string;

interface Answer {
  readonly items: readonly { readonly id: string; readonly number: number }[];
  readonly anchor: object | null;
}

const flags = ["--block-time", "500"];

async function call(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${devnet.ready.reserves!.adminKey}`, ...init.headers };
  return fetch(`${devnet.httpUrl}${path}`, { ...init, headers });
}

async function post(path: string, body: object): Promise<void> {
  const init = {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  };
  const response = await call(path, init);
  expect(response.ok, await response.text()).toBe(true);
}

beforeAll(async () => {
  directory = await temporaryDirectory();
  devnet = await startDevnet({ args: flags, dataDir: directory.path, reserves: true });
  browser = await launchBrowser();
  const isAnchored = async (): Promise<boolean> => {
    const response = await call("/v1/snapshots/1");
    const attested = (await (await call("/v1/attestations")).json()) as Answer;
    return response.ok && ((await response.json()) as Answer).anchor !== null && attested.items.length > 0;
  };
  await eventually(isAnchored, SEED_MS_MAX);
  proof = await (await call(`/v1/customers/${CUSTOMER}/snapshots/1/proof`)).text();
  await post("/v1/customers", { ids: [SCRIPT_CUSTOMER] });
  const entry = { key: "huge", customer: SCRIPT_CUSTOMER, asset: "TRL", kind: "deposit", amount: HUGE };
  await post("/v1/entries", { entries: [{ ...entry, reference: "<b>huge</b>", happenedAtMs: 1 }] });
});

afterAll(async () => {
  await browser?.close();
  await devnet?.stop();
  await directory?.remove();
});

/** Browsers log refused requests and lost connections. */
const EXPECTED = /status of 4\d\d|ERR_INTERNET_DISCONNECTED/;

async function visit(run: (page: Page) => Promise<void>): Promise<void> {
  const { page, complaints } = await openPage(browser, devnet.httpUrl, DARK_WIDE);
  try {
    await run(page);
    expect(complaints.filter((text) => !EXPECTED.test(text))).toEqual([]);
  } finally {
    await page.context().close();
  }
}

async function go(page: Page, path: string): Promise<void> {
  await page.goto(`${devnet.httpUrl}${path}`);
  await settled(page);
}

async function signInAs(page: Page, who: RegExp): Promise<void> {
  await go(page, "/sign-in");
  await page.getByRole("button", { name: who }).click();
}

async function stateOf(): Promise<unknown> {
  const { status } = await call("/v1/customers/customer-of-elsewhere");
  const { items } = (await (await call("/v1/snapshots")).json()) as Answer;
  return { status, snapshots: items.map(({ number }) => number) };
}

const PAGES: readonly (readonly [name: string, path: string, shows: RegExp])[] = [
  ["reserves", "/reserves", /covered/],
  ["customers", "/reserves/customers", /customer-0001/],
  ["customer", `/reserves/customer/${CUSTOMER}`, /76\.49/],
  ["customer-script", `/reserves/customer/${encodeURIComponent(SCRIPT_CUSTOMER)}`, /170 ?141|170.141/],
  ["account", `/reserves/customer/${CUSTOMER}/asset/TRL`, /deposit/],
  ["ledger", "/reserves/ledger", /^Liabilities$/],
  ["snapshots", "/reserves/snapshots", /signed/],
  ["snapshot", "/reserves/snapshot/1", /anchored on-chain/],
  ["holdings", "/reserves/holdings", /eip191|Prove ownership of an address/],
  ["attestation", "/reserves/attestation/1", /What it does not prove/],
  ["incidents", "/reserves/incidents", /ledger, snapshots and on-chain balances/],
  ["transparency-log", "/reserves/log", /signature verified in this browser/],
  ["reports", "/reserves/reports", /Audit report/],
  ["webhooks", "/reserves/webhooks", /Register a webhook/],
  ["events", "/reserves/events", /Since you opened/],
  ["sign-in", "/sign-in", /Signed in as custodian staff/],
  ["verify", "/verify", /you can go offline now/],
  ["unknown-customer", "/reserves/customer/nobody", /Customer “nobody” not found/],
  ["unknown-snapshot", "/reserves/snapshot/999999", /Snapshot 999999 not found/],
  ["no-snapshot", `/reserves/snapshot/${"9".repeat(60)}`, /Invalid snapshot number/],
  ["unknown-attestation", "/reserves/attestation/%3Cscript%3E", /Attestation not found/],
];

describe("pages of the custodian, dark and light, wide and narrow", () => {
  it.each(PAGES)(
    "%s: shows its contents, axe finds nothing, and no request leaves the origin",
    async (...at) => {
      const [name, path, shows] = at;
      await visit(async (page) => {
        await go(page, path);
        await page.getByText(shows).first().waitFor();
        await inspectInAllLooks(page, `reserves-${name}`);
        expect(await page.title()).toMatch(/^.+ · Trellis$/);
      });
    },
  );
});

describe("session", () => {
  it("on a devnet everybody is signed in; the session has an HttpOnly cookie, and ends on sign-out", async () => {
    await visit(async (page) => {
      await go(page, "/reserves/customers");
      await page.getByText("customer-0001").waitFor();
      const [cookie] = await page.context().cookies();
      expect(cookie).toMatchObject({ name: "trellis-local", httpOnly: true, sameSite: "Lax" });
      const kept = await page.evaluate<string>(
        "JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }])",
      );
      expect(kept).not.toMatch(/trk_|ey[A-Z]|trellis-local/);
      await go(page, "/sign-in");
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByRole("heading", { name: "Sign in" }).waitFor();
      expect(await page.context().cookies()).toEqual([]);
      await go(page, "/reserves/customers");
      await page.getByText("requires sign-in").waitFor();
      await inspectInAllLooks(page, "reserves-signed-out");
      expect(await page.getByRole("link", { name: "Ledger" }).count()).toBe(0);
    });
  });

  it("API_KEY_UNKNOWN, then the customer's own key: only their balances, and a proof verified locally", async () => {
    await visit(async (page) => {
      await signInAs(page, /(as|to) customer$/);
      await page.getByRole("button", { name: "Sign out" }).click();
      const key = page.getByLabel("API key", { exact: true });
      await key.fill("<script>");
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await page.getByText("API_KEY_UNKNOWN").waitFor();
      await key.fill(devnet.ready.reserves!.customerKey);
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await page.waitForURL(/\/reserves$/);
      await page.getByRole("link", { name: "Your balances and inclusion proofs" }).click();
      await page.getByText("76.49").waitFor();
      expect(await page.getByRole("link", { name: "Customers" }).count()).toBe(0);
      await page
        .getByRole("button", { name: /Verify the proof of snapshot/ })
        .first()
        .click();
      await page.getByText(`Proof valid for “${CUSTOMER}”`).waitFor();
      await page.getByText("The proof belongs to snapshot 1").waitFor();
      await inspectInAllLooks(page, "reserves-own-proof");
      const downloading = page.waitForEvent("download");
      await page
        .getByRole("button", { name: /Download JSON of snapshot/ })
        .first()
        .click();
      expect((await downloading).suggestedFilename()).toBe(`proof-${CUSTOMER}-1.json`);
      await go(page, "/reserves/customers");
      await page.getByText("The role customer has no access to this page").waitFor();
    });
  });

  it("an expired session is reported, and work continues after signing in again", async () => {
    await visit(async (page) => {
      await go(page, "/reserves/ledger");
      await page.getByText("Liabilities", { exact: true }).waitFor();
      await page.context().clearCookies();
      // The rejection proves that the request was sent.
      await page.getByLabel("Asset", { exact: true }).first().fill("TRL");
      await page.getByLabel("Decimals").fill("2");
      await page.getByRole("button", { name: "Add", exact: true }).click();
      await page.getByText("Your session has ended").waitFor();
      await inspectInAllLooks(page, "reserves-session-ended");
      expect(await page.getByLabel("Asset", { exact: true }).first().inputValue()).toBe("TRL");
      const opening = page.context().waitForEvent("page");
      await page.getByRole("link", { name: "Sign in again" }).click();
      const other = await opening;
      await other.getByText("Signed in as custodian staff").waitFor();
      await page.getByText("Your session has ended").waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Add", exact: true }).click();
      await page.getByText("LEDGER_ASSET_CONFLICT").first().waitFor();
      await other.getByRole("button", { name: /to customer$/ }).click();
      await page.locator(".account").getByText(CUSTOMER).waitFor();
      await page.getByText("The role customer has no access to this page").waitFor();
    });
  });

  it("CROSS_SITE_REQUEST: another site signs nobody in", async () => {
    for (const path of ["/console/sign-in", "/v1/auth/session", "/v1/auth/logout"]) {
      const headers = { "content-type": "application/json", origin: "http://elsewhere.example" };
      const response = await fetch(`${devnet.httpUrl}${path}`, { method: "POST", headers, body: "{}" });
      expect([response.status, await response.json()]).toMatchObject([403, { code: "CROSS_SITE_REQUEST" }]);
    }
  });

  it("a page of another site cannot use the session of an administrator who visits it", async () => {
    await visit(async (page) => {
      await go(page, "/sign-in");
      await page.getByText("Signed in as custodian staff").waitFor();
      const before = await stateOf();
      const evil = await serveEvilPage();
      try {
        const other = await page.context().newPage();
        const answers: string[] = [];
        other.on("response", (response) => {
          const { pathname, origin } = new URL(response.url());
          if (origin !== devnet.httpUrl) return;
          answers.push(`${response.status()} ${response.request().method()} ${pathname}`);
        });
        await other.goto(evil.url);
        const attempts: readonly (readonly [path: string, body: object])[] = [
          ["/v1/customers", { ids: ["customer-of-elsewhere"] }],
          ["/v1/snapshots", {}],
          ["/v1/auth/logout", {}],
          ["/console/sign-in", { as: "customer" }],
          ["/rpc", { jsonrpc: "2.0", id: 1, method: "trellis_mine", params: ["0x1"] }],
        ];
        for (const [path, body] of attempts) {
          const [url, text] = [`${devnet.httpUrl}${path}`, JSON.stringify(body)];
          await other.evaluate(`forge(${JSON.stringify(url)}, ${JSON.stringify(text)})`);
        }
        expect(answers.length).toBeGreaterThanOrEqual(2 * attempts.length);
        expect(answers.filter((answer) => !answer.startsWith("4"))).toEqual([]);
        expect(await stateOf()).toEqual(before);
        await page.reload();
        await page.getByText("Signed in as custodian staff").waitFor();
      } finally {
        evil.close();
      }
    });
  });
});

describe("administration", () => {
  it("enters by form and by file, shows errors with codes; events arrive by themselves", async () => {
    await visit(async (page) => {
      await go(page, "/reserves/ledger");
      const enter = page.getByRole("form", { name: "Add ledger entry" });
      await enter.getByLabel("Customer").fill("nobody at all");
      await enter.getByLabel("Amount").fill("1.5");
      await enter.getByLabel("Reference").fill("by hand");
      await enter.getByRole("button", { name: "Add entry" }).click();
      await page.getByText("LEDGER_UNKNOWN").waitFor();
      await enter.getByLabel("Customer").fill(CUSTOMER);
      await enter.getByRole("button", { name: "Add entry" }).click();
      await page.getByText(/Added at position/).waitFor();

      const head = "key,customer,asset,kind,amount,reference,time";
      const give = (...lines: string[]) =>
        page.getByLabel("CSV file").setInputFiles({
          name: "entries.csv",
          mimeType: "text/csv",
          buffer: Buffer.from(`${[head, ...lines].join("\n")}\n`),
        });
      await give(`a,${CUSTOMER},TRL,deposit,5,r,1`, `b,${CUSTOMER},NONE,deposit,5,r,1`, "c,d");
      await page.getByRole("button", { name: "Import" }).click();
      await page.getByText(/2 of 3 lines are invalid: nothing was imported/).waitFor();
      await page.getByRole("grid", { name: "Invalid lines" }).getByText("LEDGER_UNKNOWN").waitFor();
      await inspectInAllLooks(page, "reserves-bad-lines");
      await give(`a,${CUSTOMER},TRL,deposit,5,r,1`);
      await page.getByRole("button", { name: "Import" }).click();
      await page.getByText(/1 of 1 lines imported/).waitFor();

      await page.getByRole("link", { name: "Events" }).click();
      await page.getByText("connected", { exact: true }).waitFor();
      const change = { key: "live", customer: CUSTOMER, asset: "TRL", kind: "deposit", amount: "1" };
      await post("/v1/entries", { entries: [{ ...change, reference: "live", happenedAtMs: 1 }] });
      await page.getByRole("grid", { name: "Events" }).getByText("balance.changed").first().waitFor();

      await go(page, `/reserves/customer/${CUSTOMER}/asset/TRL`);
      await page.getByRole("button", { name: "Show", exact: true }).click();
      await page.getByText("balanced", { exact: true }).waitFor();
    });
  });

  it("takes a snapshot, publishes and verifies it in the log; the log continues from the seen head", async () => {
    await visit(async (page) => {
      await go(page, "/reserves/log");
      await page.getByRole("button", { name: "Save newest checkpoint" }).click();
      await page.getByRole("link", { name: "Snapshots" }).click();
      await page.getByRole("button", { name: "Create snapshot" }).click();
      await page.getByText("done", { exact: true }).waitFor();
      await page
        .getByRole("grid", { name: "Snapshots" })
        .getByRole("link", { name: "2", exact: true })
        .click();
      await page.getByRole("button", { name: "Verify inclusion" }).click();
      await page.getByText(/verified against the signed checkpoint/).waitFor();
      await go(page, "/reserves/log");
      await page.getByRole("button", { name: "Verify consistency" }).click();
      await page.getByText("consistent", { exact: true }).waitFor();
    });
  });

  it("challenges, attestations, comparisons and webhooks answer, and refuse with codes", async () => {
    await visit(async (page) => {
      await go(page, "/reserves/holdings");
      await page
        .getByRole("form", { name: "Request a challenge" })
        .getByLabel("Snapshot")
        .getByRole("option")
        .first()
        .waitFor({ state: "attached" });
      await page.getByRole("textbox", { name: "Chain" }).fill("eip155:31337");
      await page.getByLabel("Address", { exact: true }).fill("0x12");
      await page.getByRole("button", { name: "Create challenge" }).click();
      await page.getByText("CHAIN_ADDRESS_INVALID").waitFor();
      await page.getByLabel("Address", { exact: true }).fill(`0x${"11".repeat(20)}`);
      await page.getByRole("button", { name: "Create challenge" }).click();
      await page.getByLabel("Signature", { exact: true }).fill(`0x${"11".repeat(65)}`);
      await page.getByRole("button", { name: "Submit signature" }).click();
      await page.getByText("OWNERSHIP_SIGNATURE_INVALID").waitFor();
      const attest = page.getByRole("form", { name: "Create attestation" });
      await attest.getByLabel("Snapshot").selectOption("1");
      await attest.getByRole("button").click();
      await page.getByRole("link", { name: "2", exact: true }).waitFor();

      await page.getByRole("link", { name: "Reconciliation" }).click();
      await page.getByRole("button", { name: "Reconcile now" }).click();
      await page.getByText("done", { exact: true }).first().waitFor();

      await page.getByRole("link", { name: "Webhooks" }).click();
      const register = page.getByRole("form", { name: "Register a webhook" });
      await register.getByLabel("URL").fill("http://169.254.169.254/latest");
      await register.getByRole("button", { name: "Register" }).click();
      const refused = page.getByText("WEBHOOK_URL_REFUSED");
      const taken = page.getByRole("grid", { name: "Webhooks" });
      await refused.or(taken).first().waitFor();
    });
  });

  it("scrolls 10,000 customers in a frame that draws only visible rows", async () => {
    const ids = Array.from({ length: 9_000 }, (_, index) => `many-${String(index).padStart(5, "0")}`);
    await post("/v1/customers", { ids });
    await visit(async (page) => {
      await go(page, "/reserves/customers");
      await page.getByText(/1\d.\d{3} in total/).waitFor();
      const table = page.getByRole("grid", { name: "Customers" });
      expect(await table.locator("tbody tr").count()).toBeLessThan(60);
      await table.focus();
      await page.keyboard.press("End");
      await page.getByText("many-08999").waitFor();
      await page.keyboard.press("Enter");
      await page.waitForURL(/\/reserves\/customer\/many-08999$/);
    });
  });
});

describe("offline verifier", () => {
  it("verifies dropped, chosen and pasted files, and refuses a tampered one at its level", async () => {
    const custodian = createReservesClient({ url: devnet.httpUrl, token: devnet.ready.reserves!.adminKey });
    const other = await createCustodian(custodian).takeSnapshot();
    await visit(async (page) => {
      await go(page, "/verify");
      await page.getByText("you can go offline now").waitFor();
      await page
        .getByLabel("Published record")
        .getByRole("option", { name: /snapshot 1 / })
        .waitFor({ state: "attached" });
      await page.context().setOffline(true);

      const choose = (buffer: Buffer, name = "proof.json") =>
        page.getByLabel("Proof file").setInputFiles({ name, mimeType: "application/json", buffer });
      await choose(Buffer.from(proof));
      await page.getByText(`Proof valid for “${CUSTOMER}”`).waitFor();
      await page.getByText("The proof belongs to snapshot 1").waitFor();
      const levels = page.locator(".path-level");
      expect(await levels.count()).toBe(PROOF_LEVELS + 1);
      await inspectInAllLooks(page, "verify-good");

      for (const { what, code, level, text } of tamperedProofs(proof)) {
        await choose(Buffer.from(text), `${what}.json`);
        const said = page.locator(".verdict-bad").filter({ hasText: `${what}.json` });
        await said.waitFor();
        const place =
          level === undefined
            ? "before the Merkle path"
            : level === 0
              ? "at level 0, the leaf"
              : level === PROOF_LEVELS
                ? `at level ${level}, the root`
                : `at level ${level}`;
        expect(await said.textContent(), what).toContain(`Verification failed ${place}`);
        expect(await said.textContent(), what).toContain(code);
        if (code === "SUM_OVERFLOW") await inspectInAllLooks(page, "verify-overflow");
      }
      await inspectInAllLooks(page, "verify-refused");

      await choose(randomBytes(4_096), "random.bin");
      await page
        .locator(".verdict-bad")
        .filter({ hasText: "random.bin" })
        .getByText("PROOF_MALFORMED")
        .waitFor();
      await choose(Buffer.alloc(0), "empty.bin");
      await page.locator(".verdict-bad").filter({ hasText: "empty.bin" }).waitFor();

      await page.getByLabel("Your customer ID").fill("somebody else");
      await choose(Buffer.from(proof), "mine.json");
      await page
        .locator(".verdict-bad")
        .filter({ hasText: "mine.json" })
        .getByText("PROOF_MISMATCH")
        .waitFor();
      await page.getByLabel("Your customer ID").fill("");
      await page.getByLabel("Published record").selectOption("other");
      await page.getByRole("textbox", { name: "Record hash" }).fill(`0x${"ab".repeat(32)}`);
      await page
        .locator(".verdict-bad")
        .filter({ hasText: "mine.json" })
        .getByText("PROOF_MISMATCH")
        .waitFor();
      await page.getByLabel("Published record").selectOption(String(other));
      await page.getByText("PROOF_MISMATCH").waitFor();
      await page.getByLabel("Published record").selectOption("any");
      await page.getByText(`Proof valid for “${CUSTOMER}”`).waitFor();

      await pasteText(page, ".drop textarea", "username;balances\nalice;5,6\nbob;7,8\n");
      await page.getByText("Summa's list of balances").waitFor();
      await page.getByText("ROOT_ABSENT").waitFor();
      await inspectInAllLooks(page, "verify-other-format");

      // By default, browsers open dropped files.
      await dropFile(page, "h1", "dropped.json", proof);
      await page.getByText(`Proof valid for “${CUSTOMER}”`).waitFor();
      await dropLarge(page, ".drop", "giant.json", 70);
      await page.getByText("File too large: giant.json").waitFor();
      await page.context().setOffline(false);
    });
  });
});

describe("verifier in one file", () => {
  it("is public, and verifies a customer's proof with only Node.js", async () => {
    const [program, file] = ["verify-proof.mjs", "proof.json"].map((name) => join(directory.path, name));
    await visit(async (page) => {
      await page.context().clearCookies();
      await go(page, "/verify");
      const link = page.getByRole("link", { name: "verify-proof.mjs" });
      const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
      await download.saveAs(program!);
    });
    writeFileSync(file!, proof);
    const { stdout } = await promisify(execFile)(process.execPath, [program!, file!], { env: {} });
    expect(stdout).toContain(`"${CUSTOMER}"`);
  });
});

describe("service that is down", () => {
  it("is marked as stale, keeps its data visible, and resumes when the service is back", async () => {
    const { page } = await openPage(browser, devnet.httpUrl, DARK_WIDE);
    await go(page, "/reserves");
    await page.getByText("custodian live").waitFor();
    const httpPort = Number(new URL(devnet.httpUrl).port);
    await devnet.stop();
    await page.getByText(/custodian stale/).waitFor();
    await page.getByRole("alert").first().waitFor();
    expect(await page.getByText("158.").isVisible()).toBe(true);
    await inspectInAllLooks(page, "reserves-stale");
    devnet = await startDevnet({ args: flags, httpPort, dataDir: directory.path, reserves: true });
    await page.getByText("custodian live").waitFor();
    await page.context().close();
  });
});
