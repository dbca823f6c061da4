import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RESERVES_REGISTRY_ADDRESS, reservesRegistryDeployment } from "@trellis/contracts/reserves";
import { isPostgres, startPostgres } from "@trellis/kit";
import { placeEmbeddedDatabase } from "@trellis/kit/embedded";
import { createWalletClient, http, parseEther, publicActions } from "viem";
import { generatePrivateKey, mnemonicToAccount, privateKeyToAccount } from "viem/accounts";
import { hardhat } from "viem/chains";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type Devnet,
  type ExitResult,
  runTrellis,
  type Served,
  startDevnet,
  startTrellis,
} from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";
import { deployToken } from "./token.ts";

interface Ready {
  readonly url: string;
  readonly adminKey: string | null;
}

const CHAIN = "eip155:31337";
const CUSTOMERS = 1_000;
const ASSETS = ["BTC", "ETH", "USD", "EUR", "SOL"];
const ASSET_LIST = "BTC:8,ETH:18,USD:2,EUR:2,SOL:9";
const amountOf = (customer: number, asset: number): number => customer + 1 + asset;
const totalOf = (asset: number): number => (CUSTOMERS * (CUSTOMERS + 1)) / 2 + CUSTOMERS * asset;

const postgres = await startPostgres();
afterAll(async () => {
  if (isPostgres(postgres)) await postgres.stop();
});

let directory: TemporaryDirectory;
let service: Served<Ready> | undefined;
let adminKey: string;
let database: string[];
beforeEach(async () => {
  directory = await temporaryDirectory();
  database = [];
});
afterEach(async () => {
  await service?.kill();
  service = undefined;
  await directory.remove();
});

const inDirectory = (name: string): string => join(directory.path, name);

function secretFile(name: string, text: string): string {
  writeFileSync(inDirectory(name), text);
  chmodSync(inDirectory(name), 0o600);
  return `file:${inDirectory(name)}`;
}

async function start(): Promise<Served<Ready>> {
  const place = ["--data-dir", inDirectory("data"), "--custodian", "exchange.example"];
  service = await startTrellis<Ready>(["reserves", "serve", "--port", "0", "--json", ...place, ...database]);
  const made = service.ready.adminKey;
  if (made !== null) {
    adminKey = made;
    secretFile("key", made);
  }
  return service;
}

function verb(...args: string[]): Promise<ExitResult> {
  const client = ["--url", service!.ready.url, "--api-key-from", `file:${inDirectory("key")}`, "--json"];
  return runTrellis(["reserves", ...args, ...client], { killMs: 90_000 });
}

async function answered<T>(running: Promise<ExitResult>): Promise<T> {
  const { exitCode, stdout, stderr } = await running;
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout) as T;
}

async function get<T>(path: string): Promise<T> {
  const response = await fetch(`${service!.ready.url}${path}`, {
    headers: { authorization: `Bearer ${adminKey}` },
  });
  expect(response.status, path).toBe(200);
  return response.json() as Promise<T>;
}

function writeEntries(name: string, parts = 1, customers = CUSTOMERS): string {
  const lines = ["key,customer,asset,kind,amount,reference,time"];
  for (let part = 0; part < parts; part += 1) {
    for (let customer = 0; customer < customers; customer += 1) {
      for (const [index, asset] of ASSETS.entries()) {
        const key = `${customer}-${asset}-${part}`;
        const amount = part === 0 ? amountOf(customer, index) : 1;
        lines.push(`${key},c${customer},${asset},deposit,${amount},${key},1700000000000`);
      }
    }
  }
  writeFileSync(inDirectory(name), `${lines.join("\n")}\n`);
  return inDirectory(name);
}

const writeFewEntries = (): string => writeEntries("entries.csv", 1, 10);

async function totals(): Promise<Record<string, string>> {
  const { balances } = await get<{ balances: { asset: string; amount: string }[] }>("/v1/totals");
  return Object.fromEntries(balances.map(({ asset, amount }) => [asset, amount]));
}

/** Excludes audit log heads, logged every five minutes. */
async function recordsInLog(): Promise<number> {
  const { size } = await get<{ size: number }>("/v1/log/head");
  const { entries } = await get<{ entries: string[] }>(`/v1/log/entries?start=0&count=${size}`);
  const ROOT_RECORD = 1;
  return entries.filter((entry) => Buffer.from(entry, "base64")[1] === ROOT_RECORD).length;
}

function suite(): void {
  it("balances, snapshot, proof, verification without the service, log", async () => {
    await start();
    const entries = writeEntries("entries.csv");
    const imported = await answered(verb("import", entries, "--assets", ASSET_LIST));
    expect(imported).toMatchObject({ enteredCount: 5_000, replayedCount: 0, position: "5000" });
    expect(await answered(verb("import", entries))).toMatchObject({ enteredCount: 0, replayedCount: 5_000 });

    const taken = await answered<{ root: string }>(verb("snapshot"));
    expect(taken).toMatchObject({ number: 1 });
    const proof = inDirectory("proof.json");
    expect((await verb("prove", "c7", "--out", proof)).exitCode).toBe(0);
    const head = inDirectory("head");
    expect((await verb("log", "--out", head)).exitCode).toBe(0);
    expect(await answered(verb("log", "inclusion"))).toMatchObject({ isIncluded: true, snapshot: 1 });
    expect(await answered(verb("snapshot"))).toMatchObject({ number: 2 });
    expect(await answered(verb("log", "consistency", head))).toMatchObject({ isConsistent: true });
    const exported = await answered<Record<string, { length: number }>>(verb("export", "c7"));
    expect([exported.balances?.length, exported.entries?.length, exported.proofs?.length]).toEqual([5, 5, 2]);
    expect(await answered(verb("erase", "c7"))).toEqual({ customer: "c7", isErased: true });
    expect(await get("/v1/customers/c7")).toMatchObject({ isErased: true });
    expect((await verb("prove", "c7", "--snapshot", "1")).stderr).toContain("LEDGER_CUSTOMER_ERASED");
    expect(await answered(verb("export", "c7"))).toMatchObject({ balances: expect.any(Array), proofs: [] });
    writeFileSync(
      inDirectory("more.csv"),
      `key,customer,asset,kind,amount,reference,time\nx,c7,BTC,deposit,1,x,1\n`,
    );
    expect((await verb("import", inDirectory("more.csv"))).stderr).toContain("LEDGER_CUSTOMER_ERASED");
    const later = await answered<{ number: number }>(verb("snapshot"));
    const { record } = await get<{ record: { totals: { amount: string }[] } }>(
      `/v1/snapshots/${later.number}`,
    );
    expect(record.totals.map(({ amount }) => amount)).toEqual(
      ASSETS.map((_, asset) => String(totalOf(asset))),
    );
    const csv = (await verb("report", "--format", "csv", "--snapshot", "1")).stdout.trim().split("\n");
    expect(csv).toHaveLength(1 + ASSETS.length);
    const compared = await answered<{ rootRecordHash: string }>(verb("verify", proof));
    expect(compared).toMatchObject({ isValid: true, comparedWith: "published", snapshot: 1 });
    const known = ["--record", compared.rootRecordHash];
    expect(await service!.stop()).toMatchObject({ exitCode: 0 });

    const verified = await answered<{ customers: unknown[]; root: string }>(
      runTrellis(["reserves", "verify", proof, ...known, "--json"]),
    );
    expect(verified).toMatchObject({ isValid: true, root: taken.root });
    const balances = Object.fromEntries(ASSETS.map((asset, index) => [asset, String(amountOf(7, index))]));
    expect(verified.customers).toEqual([{ customer: "c7", balances }]);

    const text = readFileSync(proof, "utf8");
    const file = JSON.parse(text) as { siblings: { hash: string }[] };
    const { hash } = file.siblings.at(-1)!;
    const flipped = hash.slice(0, -1) + (hash.endsWith("0") ? "1" : "0");
    writeFileSync(inDirectory("flipped.json"), text.replace(hash, flipped));
    const refused = await runTrellis(["reserves", "verify", inDirectory("flipped.json"), ...known, "--json"]);
    expect(refused.exitCode).toBe(1);
    expect(JSON.parse(refused.stdout)).toEqual({
      isValid: false,
      code: "PROOF_ROOT_MISMATCH",
      reason: expect.stringMatching(/^path does not lead to the published root/),
      level: expect.any(Number),
    });
  });

  it("killed during import and during a snapshot: nothing lost or duplicated", async () => {
    await start();
    const parts = 6;
    const entries = writeEntries("entries.csv", parts);
    const importing = verb("import", entries, "--assets", ASSET_LIST);
    // Sending the file takes longer than one poll.
    await expect
      .poll(async () => (await get<{ items: unknown[] }>("/v1/customers?limit=1")).items.length, {
        interval: 50,
      })
      .toBe(1);
    await service!.kill();
    expect((await importing).exitCode).toBe(1);

    await start();
    const counts = await answered<{ enteredCount: number; replayedCount: number }>(verb("import", entries));
    expect(counts).toMatchObject({ enteredCount: CUSTOMERS * ASSETS.length * parts, replayedCount: 0 });
    const expected = Object.fromEntries(
      ASSETS.map((asset, index) => [asset, String(totalOf(index) + (parts - 1) * CUSTOMERS)]),
    );
    expect(await totals()).toEqual(expected);

    const taking = verb("snapshot");
    await expect
      .poll(async () => (await get<{ items: unknown[] }>("/v1/snapshots")).items.length, {
        interval: 20,
      })
      .toBe(1);
    await service!.kill();
    await taking;

    await start();
    await expect
      .poll(async () => (await get<{ items: { state: string }[] }>("/v1/jobs/snapshot")).items, {
        interval: 500,
      })
      .toEqual([expect.objectContaining({ state: "done" })]);
    expect((await get<{ items: unknown[] }>("/v1/snapshots")).items).toEqual([
      expect.objectContaining({ number: 1, state: "signed" }),
    ]);
    expect(await recordsInLog()).toBe(1);
    const { record } = await get<{ record: { totals: { asset: string; amount: string }[] } }>(
      "/v1/snapshots/1",
    );
    expect(Object.fromEntries(record.totals.map(({ asset, amount }) => [asset, amount]))).toEqual(expected);
  });
}

const placeDatabase = () => placeEmbeddedDatabase(inDirectory("data/db"));

describe("trellis reserves on the embedded database", () => {
  beforeEach(placeDatabase);
  suite();
});

describe("trellis reserves beside a devnet", () => {
  beforeEach(placeDatabase);
  let devnet: Devnet | undefined;
  afterEach(() => devnet?.stop());

  it("a snapshot's record is anchored in the registry, and the service returns where", async () => {
    devnet = await startDevnet({ args: ["--block-time", "300"] });
    const wallet = createWalletClient({
      account: mnemonicToAccount("test test test test test test test test test test test junk"),
      chain: hardhat,
      transport: http(devnet.rpcUrl),
    }).extend(publicActions);
    const { to, data } = reservesRegistryDeployment;
    await wallet.waitForTransactionReceipt({ hash: await wallet.sendTransaction({ to, data }) });
    const key = generatePrivateKey();
    const { address } = privateKeyToAccount(key);
    const funding = await wallet.sendTransaction({ to: address, value: parseEther("1") });
    await wallet.waitForTransactionReceipt({ hash: funding });

    const chain = ["--anchor-rpc-from", secretFile("rpc", devnet.rpcUrl), "--anchor-chain", "31337"];
    database = [...chain, "--anchor-key-from", secretFile("anchor-key", key)];
    await start();
    await answered(verb("import", writeFewEntries(), "--assets", ASSET_LIST));
    await answered(verb("snapshot"));
    await expect
      .poll(() => get<{ anchor: object | null }>("/v1/snapshots/1"), { interval: 500 })
      .toMatchObject({ anchor: { chainId: 31_337 } });
    const { anchor } = await get<{ anchor: { transactionHash: `0x${string}`; blockNumber: number } }>(
      "/v1/snapshots/1",
    );
    const receipt = await wallet.getTransactionReceipt({ hash: anchor.transactionHash });
    expect(receipt).toMatchObject({ status: "success", blockNumber: BigInt(anchor.blockNumber) });
    expect(receipt.to?.toLowerCase()).toBe(RESERVES_REGISTRY_ADDRESS);
  });

  it("reserves on the chain are claimed, counted at the snapshot's block, and attested", async () => {
    devnet = await startDevnet({ args: ["--block-time", "300"] });
    const account = mnemonicToAccount("test test test test test test test test test test test junk");
    const usd = await deployToken(devnet.rpcUrl, account, "Dollar", "USD", 10n ** 24n);
    const prices = Object.fromEntries(ASSETS.map((asset) => [asset, "2.5"]));
    const plan = {
      quote: "EUR",
      chains: [{ chain: CHAIN, nodes: [devnet.rpcUrl], confirmations: 1 }],
      assets: [
        { asset: "ETH", counted: [{ chain: CHAIN }] },
        { asset: "USD", counted: [{ chain: CHAIN, token: usd.toLowerCase() }], haircutBasisPoints: 500 },
      ],
      prices: [{ name: "desk", from: "file:prices.json" }],
    };
    secretFile("prices.json", JSON.stringify({ quote: "EUR", timeMs: 1, prices }));
    secretFile("plan.json", JSON.stringify(plan));
    database = ["--chains", inDirectory("plan.json")];
    await start();
    await answered(verb("import", writeFewEntries(), "--assets", "BTC:8,ETH:18,USD:18,EUR:2,SOL:9"));
    await answered(verb("snapshot"));

    const { challenge } = await answered<{ challenge: string }>(verb("challenge", CHAIN, account.address));
    secretFile("challenge", challenge);
    secretFile("signature", await account.signMessage({ message: challenge }));
    const claim = ["claim", inDirectory("challenge"), inDirectory("signature")];
    expect(await answered(verb(...claim))).toMatchObject({ address: account.address.toLowerCase() });
    expect((await verb(...claim)).stderr).toMatch(
      /CHALLENGE_REFUSED[\s\S]*answered already|answered already[\s\S]*CHALLENGE_REFUSED/,
    );

    const attested = await answered<{ assets: { asset: string; countedReserves: string }[] }>(
      verb("attest", "--out", inDirectory("attestation.json")),
    );
    expect(attested).toMatchObject({
      id: "1",
      snapshot: 1,
      logIndex: expect.any(Number),
      isCovered: false,
      readings: [{ chain: CHAIN, source: "nodes", nodeCount: 1, quorum: 1 }],
      notProved: expect.arrayContaining(["ASSETS_BORROWED", "OTHER_DEBTS"]),
    });
    const counted = Object.fromEntries(attested.assets.map((one) => [one.asset, one.countedReserves]));
    expect(counted).toMatchObject({ BTC: "0", USD: String(95n * 10n ** 22n) });
    expect(BigInt(counted.ETH!)).toBeGreaterThan(9_000n * 10n ** 18n);
    const verified = await answered(verb("verify", inDirectory("attestation.json")));
    expect(verified).toMatchObject({ isValid: true, comparedWith: "published", assets: attested.assets });
    const report = await answered<{ attestation: object }>(verb("report"));
    expect(report.attestation).toMatchObject({ id: "1", isCovered: false, quote: "EUR" });
    expect(await get("/v1/attestations/1/evidence")).toMatchObject({
      claims: [{ challenge, method: "eip191" }],
    });
  });
});

describe.skipIf(!isPostgres(postgres))("trellis reserves on PostgreSQL", () => {
  beforeEach(async () => {
    if (!isPostgres(postgres)) return;
    database = ["--database", secretFile("database", await postgres.createDatabase())];
  });
  suite();
});
