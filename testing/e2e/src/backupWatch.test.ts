import { randomBytes } from "node:crypto";
import { mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { constants, getPriority } from "node:os";
import { launchBrowser } from "@trellis/kit/browser";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DARK_WIDE, inspectInAllLooks } from "./console/looks.ts";
import { openPage, settled } from "./console/openPage.ts";
import { eventually } from "./eventually.ts";
import { expectStopped } from "./expectStopped.ts";
import { runTrellis, type Served, startDevnet, startTrellis } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

interface Ready {
  readonly url: string;
  readonly adminKey: string;
}

interface Run {
  readonly id: number;
  readonly jobId: string;
  readonly kind: string;
  readonly outcome: string;
  readonly backup: string | null;
  readonly proofs: readonly string[];
  readonly code: string | null;
}

interface Status {
  readonly kinds: readonly {
    readonly kind: string;
    readonly state: string;
    readonly isRunning: boolean;
    readonly lastSuccess: Run | null;
  }[];
  readonly problems: readonly {
    readonly condition: string;
    readonly kind: string;
    readonly code: string | null;
  }[];
}

interface Alert {
  readonly kind: string;
  readonly text: string;
}

/** Takes seconds to back up, because random bytes do not compress. */
const LARGE_BYTES = 64 << 20;

let directory: TemporaryDirectory;
let receiver: Server;
let watch: Served<Ready>;
let adminKey: string;
const alerts: Alert[] = [];
const at = (name: string): string => `${directory.path}/${name}`;
const repository = () => ["--repository", at("repository"), "--passphrase-from", `file:${at("passphrase")}`];

/** Never due during the tests, which start all runs but one themselves. */
const YEARLY = "0 0 1 1 *";

async function start(logSchedule = YEARLY): Promise<void> {
  watch = await startTrellis<Ready>([
    "backup",
    "watch",
    ...["--data-dir", at("data"), "--port", "0", "--json", "--keep-last", "3"],
    ...["--full-schedule", YEARLY, "--log-schedule", logSchedule, "--verify-schedule", YEARLY],
    ...["--notify", at("notify.json"), "--allow-private-webhooks", ...repository()],
  ]);
  adminKey ??= watch.ready.adminKey;
}

beforeAll(async () => {
  directory = await temporaryDirectory();
  await mkdir(at("data"));
  await writeFile(at("passphrase"), "correct horse battery staple", { mode: 0o600 });
  receiver = createServer(async (request, response) => {
    alerts.push(JSON.parse(Buffer.concat(await request.toArray()).toString()));
    response.end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/alerts`;
  const rules = [{ name: "all", kinds: ["backup.*"], severityMin: "info", channels: ["pager"] }];
  await writeFile(at("notify.json"), JSON.stringify({ channels: { pager: { kind: "post", url } }, rules }));
  const devnet = await startDevnet({ dataDir: at("data/devnet") });
  await devnet.stop();
  expect((await runTrellis(["backup", "init", ...repository()])).exitCode).toBe(0);
  await start();
});

afterAll(async () => {
  await watch?.kill();
  receiver?.closeAllConnections();
  receiver?.close();
  await directory?.remove();
});

async function ask<T>(path: string, { key = adminKey, ...init }: RequestInit & { key?: string } = {}) {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", ...init.headers };
  const response = await fetch(`${watch.ready.url}${path}`, { ...init, headers });
  return { status: response.status, body: (await response.json()) as T };
}

const status = async () => (await ask<Status>("/v1/backups/status")).body;
const runs = async (kind: string) =>
  (await ask<{ items: Run[] }>(`/v1/backups/runs?kind=${kind}`)).body.items;
const kindOf = async (name: string) => (await status()).kinds.find(({ kind }) => kind === name)!;

function post(kind: string, idempotencyKey: string = randomBytes(8).toString("hex"), key?: string) {
  const body = JSON.stringify({ kind });
  const headers = { "idempotency-key": idempotencyKey };
  return ask<{ jobId: string }>("/v1/backups", { method: "POST", body, headers, ...(key && { key }) });
}

/** Starts a run now. A job that is about to end accepts no new run. */
async function started(kind: string): Promise<Run> {
  const former = await runs(kind);
  let found: Run | undefined;
  await eventually(async () => {
    const { body } = await post(kind);
    if (former.some(({ jobId }) => jobId === body.jobId)) return false;
    await eventually(async () => {
      found = (await runs(kind)).find(({ jobId }) => jobId === body.jobId);
      return found !== undefined;
    });
    return true;
  });
  return found!;
}

async function made(kind: string): Promise<Run> {
  let run = await started(kind);
  await eventually(async () => {
    run = (await runs(kind)).find(({ id }) => id === run.id)!;
    return run.outcome !== "running";
  });
  return run;
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${watch.ready.url}/metrics`)).text();
  const line = text.split("\n").find((one) => one.startsWith(`trellis_backup_${name}`));
  return Number(line?.split(" ").at(-1));
}

describe("trellis backup watch", () => {
  it("COST-1: counts requests to its API", async () => {
    const day = new Date().toISOString().slice(0, "2026-11-25".length);
    const path = `/v1/usage?from=${day}&to=${day}&by=key`;
    await ask(path);
    await eventually(async () => {
      const { body } = await ask<{ items: { key: string; requests: string }[] }>(path);
      return body.items.some(({ key, requests }) => key.startsWith("key:") && Number(requests) > 0);
    });
  });

  it("yields to other processes", () => {
    expect(getPriority(watch.pid)).toBe(constants.priority.PRIORITY_BELOW_NORMAL);
  });

  it("BACKUP-22: makes the first backup, log backups and verifications", async () => {
    await eventually(async () => (await kindOf("full")).lastSuccess !== null);
    const log = await made("log");
    expect(log).toMatchObject({ outcome: "succeeded", backup: expect.any(String) });
    const verified = await made("verify");
    expect(verified).toMatchObject({ outcome: "succeeded", code: null });
    expect(verified.backup! >= log.backup!).toBe(true);
    expect(verified.proofs.toSorted()).toEqual([
      expect.stringMatching(/^backup\/db: \d+ tables, \d+ rows/),
      expect.stringMatching(/chain: head \d+ 0x.*state root 0x/),
    ]);
    expect((await status()).problems).toEqual([]);
    const { body } = await ask<{ items: { backups: { id: string }[] }[] }>("/v1/backups");
    const listed = await runTrellis(["backup", "list", "--json", ...repository()]);
    const ids = (JSON.parse(listed.stdout) as { backups: { id: string }[] }).backups.map(({ id }) => id);
    expect(body.items[0]?.backups.map(({ id }) => id).toReversed()).toEqual(ids);
    await eventually(async () => (await metric('runs_total{kind="verify"')) === 1);
    expect(await metric("verified_timestamp_seconds")).toBeGreaterThan(0);
    expect(await metric('last_success_timestamp_seconds{kind="full"')).toBeGreaterThan(0);
  });

  it("a request is answered once, recorded, and only for operators", async () => {
    const first = await post("log", "one-key");
    expect(await post("log", "one-key")).toEqual(first);
    await eventually(async () => (await runs("log")).length > 1 && !(await kindOf("log")).isRunning);
    const viewer = await ask<{ text: string }>("/v1/api-keys", {
      method: "POST",
      body: JSON.stringify({ name: "viewer", role: "viewer", scopes: ["*"] }),
    });
    expect((await ask("/v1/backups/status", { key: viewer.body.text })).status).toBe(200);
    expect((await post("log", "another", viewer.body.text)).status).toBe(403);
    expect((await fetch(`${watch.ready.url}/v1/backups`)).status).toBe(401);
    const audit = await ask<{ items: { action: string; facts: object }[] }>("/v1/audit-log");
    expect(audit.body.items).toContainEqual(
      expect.objectContaining({
        action: "startBackup",
        facts: { kind: "log", jobId: first.body.jobId },
      }),
    );
  });

  it("BACKUP-23: a lost repository raises one alert, and its return ends it", async () => {
    await rename(at("repository"), at("elsewhere"));
    expect(await made("full")).toMatchObject({ outcome: "failed", code: "REPOSITORY_MISSING" });
    await eventually(() => alerts.length > 0);
    expect(alerts).toMatchObject([
      { kind: "backup.failed", text: expect.stringContaining("REPOSITORY_MISSING") },
    ]);
    expect((await status()).problems).toMatchObject([{ condition: "failed", kind: "full" }]);
    expect(await metric("problems")).toBe(1);
    await rename(at("elsewhere"), at("repository"));
    expect(await made("full")).toMatchObject({ outcome: "succeeded" });
    await eventually(() => alerts.length > 1);
    expect(alerts.map(({ kind }) => kind)).toEqual(["backup.failed", "backup.recovered"]);
    expect(await metric("problems")).toBe(0);
  });

  it("the console shows the backups and starts one", async () => {
    const browser = await launchBrowser();
    try {
      const { page, complaints } = await openPage(browser, watch.ready.url, DARK_WIDE);
      await page.goto(`${watch.ready.url}/sign-in`);
      await page.getByLabel("API key", { exact: true }).fill(adminKey);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.locator(".account-signedIn").waitFor();
      complaints.length = 0;
      await page.goto(`${watch.ready.url}/backups`);
      await settled(page);
      await page
        .getByText(/restored, .* checked, 2 proofs/)
        .first()
        .waitFor();
      await page.getByText("REPOSITORY_MISSING").first().waitFor();
      await inspectInAllLooks(page, "backups");
      const before = (await runs("full")).length;
      await page.getByRole("button", { name: "Back up now" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Back up now" }).click();
      await eventually(async () => (await runs("full")).length > before);
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  it("SIGTERM ends a running backup in order, and the next start continues it", async () => {
    await eventually(async () => (await runs("full"))[0]?.outcome === "succeeded");
    await writeFile(at("data/large"), randomBytes(LARGE_BYTES));
    const former = (await runs("full"))[0]!.id;
    const logs = (await runs("log")).length;
    expect(await started("full")).toMatchObject({ outcome: "running" });
    expectStopped(await watch.stop());
    expect(await readdir(at("repository/locks")).catch(() => [])).toEqual([]);
    expect(await readdir(at("data"))).not.toContain(".backup");
    await start("* * * * *");
    await eventually(async () => (await runs("full"))[0]?.outcome === "succeeded");
    const since = (await runs("full")).filter(({ id }) => id > former).map(({ outcome }) => outcome);
    expect(since).toEqual(["succeeded", "interrupted"]);
    await eventually(async () => (await runs("log")).length > logs && !(await kindOf("log")).isRunning);
    expect((await runs("log"))[0]).toMatchObject({ outcome: "succeeded" });
  });
});
