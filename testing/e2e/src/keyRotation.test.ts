import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hexToBytes } from "@trellis/base";
import { keyRingFile, passphraseWrapping, readRingFile, textToRing } from "@trellis/platform/keys";
import { systemRandom } from "@trellis/platform/system";
import { verifyRecord } from "@trellis/reserves/snapshots";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "./eventually.ts";
import { runTrellis, type Served, startTrellis } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";
import { think } from "./think.ts";

const PASSPHRASE = "canary-passphrase-3141592653";
const SEALED = "canary-sealed-value-2718281828";
const PURPOSES = ["session", "record", "log", "webhook", "encryption"] as const;
const WAIT_MS = 120_000;
const KEY_CHANGE = 4;

interface Ready {
  readonly url: string;
  readonly adminKey: string;
}
interface PublishedKey {
  readonly publicKey: `0x${string}`;
  readonly others: readonly { readonly publicKey: string }[];
}
interface Published {
  readonly records: PublishedKey;
  readonly log: PublishedKey;
  readonly webhooks: PublishedKey & { readonly keyId: string };
}

let directory: TemporaryDirectory;
let service: Served<Ready>;
let dataDir: string;
let passphrase: string;
beforeAll(async () => {
  directory = await temporaryDirectory();
  dataDir = join(directory.path, "reserves");
  const secretFile = (name: string, text: string): string => {
    const file = join(directory.path, name);
    writeFileSync(file, text, { mode: 0o600 });
    return `file:${file}`;
  };
  passphrase = secretFile("passphrase", PASSPHRASE);
  service = await startTrellis<Ready>([
    ...["reserves", "serve", "--data-dir", dataDir, "--port", "0", "--json"],
    ...["--keys-passphrase-from", passphrase, "--log-level", "debug"],
  ]);
  writeFileSync(
    join(directory.path, "entries.csv"),
    `key,customer,asset,kind,amount,reference,time\n${Array.from({ length: 20 }, (_, n) => `d${n},c${n},ETH,deposit,5,tx,1`).join("\n")}\n`,
  );
  await reserves("import", join(directory.path, "entries.csv"), "--assets", "ETH:18");
});
afterAll(async () => {
  await service?.stop();
  await directory?.remove();
});

async function reserves(...args: readonly string[]): Promise<Record<string, unknown>> {
  const key = join(directory.path, "api-key");
  writeFileSync(key, service.ready.adminKey, { mode: 0o600 });
  const client = ["--url", service.ready.url, "--api-key-from", `file:${key}`, "--json"];
  const { exitCode, stdout, stderr } = await runTrellis(["reserves", ...args, ...client]);
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout);
}

async function keys(...args: readonly string[]): Promise<string> {
  const place = ["--data-dir", dataDir, "--keys-passphrase-from", passphrase, "--json"];
  const { exitCode, stdout, stderr } = await runTrellis(["keys", ...args, ...place]);
  expect(exitCode, stderr).toBe(0);
  return stdout;
}

async function get<Value>(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Value> {
  const answer = await fetch(`${service.ready.url}${path}`, {
    headers: { authorization: `Bearer ${service.ready.adminKey}`, ...headers },
  });
  expect(answer.status, path).toBe(200);
  return answer.json() as Promise<Value>;
}

const published = () => get<Published>("/.well-known/trellis-reserves.json");

interface SnapshotAnswer {
  readonly encoded: string;
  readonly signature: string;
}

async function recordSignedBy(number: number, publicKey: string): Promise<boolean> {
  const { encoded, signature } = await get<SnapshotAnswer>(`/v1/snapshots/${number}`);
  const [bytes, signed] = [encoded, signature].map((text) => new Uint8Array(Buffer.from(text, "base64")));
  try {
    return verifyRecord({ bytes: bytes!, signature: signed! }, hexToBytes(publicKey)).number === number;
  } catch {
    return false;
  }
}

async function keyChanges(): Promise<Record<string, unknown>[]> {
  const { size } = await get<{ size: number }>("/v1/log/head");
  const { entries } = await get<{ entries: string[] }>(`/v1/log/entries?start=0&count=${size}`);
  return entries
    .map((entry) => Buffer.from(entry, "base64"))
    .filter((entry) => entry[1] === KEY_CHANGE)
    .map((entry) => JSON.parse(entry.subarray(2).toString()));
}

it("KEY-6, KEY-8: every key of a running service is rotated under load without a failed request", async () => {
  await reserves("snapshot");
  const before = await published();
  const login = await fetch(`${service.ready.url}/v1/auth/session`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: service.ready.url },
    body: JSON.stringify({ apiKey: service.ready.adminKey }),
  });
  const [cookie = ""] = login.headers.get("set-cookie")?.split(";") ?? [];
  expect(cookie).toMatch(/^trellis-local=./);

  let isLoading = true;
  const failures: string[] = [];
  let requestCount = 0;
  const load = async (headers: Readonly<Record<string, string>>): Promise<void> => {
    while (isLoading) {
      const answer = await fetch(`${service.ready.url}/v1/customers/c${requestCount % 20}`, { headers });
      if (answer.status !== 200) failures.push(`${answer.status} ${await answer.text()}`);
      else await answer.arrayBuffer();
      requestCount += 1;
      await think();
    }
  };
  const loads = [load({ cookie }), load({ authorization: `Bearer ${service.ready.adminKey}` })];
  for (const purpose of PURPOSES) {
    expect(JSON.parse(await keys("rotate", purpose))).toMatchObject({ purpose, version: 2 });
    process.kill(service.pid, "SIGHUP");
  }
  await eventually(async () => (await keyChanges()).length === 3, WAIT_MS);
  const after = await published();
  await reserves("snapshot");
  await reserves("export", "c1");
  isLoading = false;
  await Promise.all(loads);
  expect(failures).toEqual([]);
  expect(requestCount).toBeGreaterThan(20);

  for (const part of ["records", "log", "webhooks"] as const) {
    expect(after[part].publicKey).not.toBe(before[part].publicKey);
    expect(after[part].others.map(({ publicKey }) => publicKey)).toEqual([before[part].publicKey]);
  }
  expect(await recordSignedBy(1, before.records.publicKey)).toBe(true);
  expect(await recordSignedBy(2, after.records.publicKey)).toBe(true);
  expect(await recordSignedBy(2, before.records.publicKey)).toBe(false);
  expect((await keyChanges()).map(({ purpose, previousKey, key }) => [purpose, previousKey, key])).toEqual([
    ["record", before.records.publicKey, after.records.publicKey],
    ["log", before.log.publicKey, after.log.publicKey],
    ["webhook", before.webhooks.publicKey, after.webhooks.publicKey],
  ]);
  expect(await reserves("log", "inclusion")).toMatchObject({ isIncluded: true });
  await eventually(async () => {
    const { masterKeys } = (await reserves("rotate")) as { masterKeys: { isNewest: boolean }[] };
    return masterKeys.length === 1 && masterKeys[0]!.isNewest;
  }, WAIT_MS);
  const listed = JSON.parse(await keys("list")) as { id: string; state: string; isEncrypted: boolean }[];
  expect(listed.map(({ id, state }) => `${id} ${state}`)).toEqual(
    ["record", "log", "webhook", "session", "encryption"].flatMap((purpose) => [
      `${purpose}/2 active`,
      `${purpose}/1 earlier`,
    ]),
  );
  expect(listed.every(({ isEncrypted }) => isEncrypted)).toBe(true);
  for (const purpose of PURPOSES) await keys("retire", `${purpose}/1`);
  process.kill(service.pid, "SIGHUP");
  const sessionStatus = async () =>
    (await fetch(`${service.ready.url}/v1/customers/c1`, { headers: { cookie } })).status;
  await eventually(async () => (await sessionStatus()) === 401, WAIT_MS);
  const [retired] = (await published()).records.others;
  expect(await recordSignedBy(1, retired!.publicKey)).toBe(true);
  expect(await get("/v1/customers/c1")).toBeDefined();
});

it("KEY-13: no secret is in a log, an error, a metric, a process list or a file", async () => {
  const { ring } = await textToRing(readRingFile(keyRingFile(dataDir))!, {
    wrapping: passphraseWrapping(PASSPHRASE, { random: systemRandom }),
    random: systemRandom,
  });
  const secrets = Object.values(ring.keys).flatMap((held) => held.map(({ secret }) => Buffer.from(secret)));
  const canaries = [
    PASSPHRASE,
    SEALED,
    ...secrets.flatMap((secret) =>
      ["hex", "base64", "base64url"].map((form) => secret.toString(form as "hex")),
    ),
  ];
  const sealed = join(directory.path, "sealed.json");
  const sealing = { environment: { SEALED_VALUE: SEALED, SEALED_PASSPHRASE: PASSPHRASE } };
  const seal = ["secrets", "seal", sealed, "one", "--value-from", "env:SEALED_VALUE"];
  const shown: [string, string][] = [["seal", JSON.stringify(await runTrellis(seal, sealing))]];
  const wrong = join(directory.path, "wrong");
  writeFileSync(wrong, `${PASSPHRASE}x`);
  for (const args of [
    ["keys", "rotate", "log", "--data-dir", dataDir, "--keys-passphrase-from", `file:${wrong}`],
    ["keys", "rotate", PASSPHRASE, "--data-dir", dataDir],
    ["secrets", "open", sealed, "none"],
    ["reserves", "serve", "--data-dir", dataDir, "--port", "0", "--keys-passphrase-from", PASSPHRASE],
  ]) {
    const { exitCode, stdout, stderr } = await runTrellis(args, sealing);
    expect(exitCode, args.join(" ")).not.toBe(0);
    // Errors repeat an invalid purpose, but never a reference, which may be a secret.
    if (!args.includes(PASSPHRASE) || args[0] === "reserves") shown.push([args.join(" "), stdout + stderr]);
  }
  const headers = { authorization: `Bearer ${service.ready.adminKey}` };
  for (const path of [
    "/metrics",
    "/health",
    "/ready",
    "/v1/settings",
    "/v1/audit-log",
    "/.well-known/trellis-reserves.json",
  ])
    shown.push([path, await (await fetch(`${service.ready.url}${path}`, { headers })).text()]);
  for (const name of ["cmdline", "environ"])
    shown.push([name, readFileSync(`/proc/${service.pid}/${name}`, "latin1")]);
  const { stdout, stderr } = await service.stop();
  shown.push(["log", stdout + stderr]);
  for (const file of filesIn(directory.path))
    if (!file.endsWith("/passphrase") && !file.endsWith("/wrong"))
      shown.push([file, readFileSync(file, "latin1")]);
  for (const [where, text] of shown)
    for (const canary of canaries)
      expect(text.includes(canary), `${canary.slice(0, 12)}… in ${where}`).toBe(false);
});

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}
