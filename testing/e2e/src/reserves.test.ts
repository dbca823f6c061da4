import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RESERVES_REGISTRY_ADDRESS, reservesRegistryDeployment } from "@trellis/contracts/reserves";
import { isPostgres, startPostgres } from "@trellis/kit";
import { createWalletClient, http, parseEther, publicActions } from "viem";
import { generatePrivateKey, mnemonicToAccount, privateKeyToAccount } from "viem/accounts";
import { hardhat } from "viem/chains";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type Devnet,
  type Ended,
  runTrellis,
  type Served,
  startDevnet,
  startTrellis,
} from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

interface Ready {
  readonly url: string;
  readonly adminKey: string | null;
}

const CUSTOMERS = 1_000;
const ASSETS = ["BTC", "ETH", "USD", "EUR", "SOL"];
const ASSET_LIST = "BTC:8,ETH:18,USD:2,EUR:2,SOL:9";
/** What a customer's deposit of an asset is, in base units. */
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

/** Runs a verb against the service. */
function verb(...args: string[]): Promise<Ended> {
  const client = ["--url", service!.ready.url, "--api-key-from", `file:${inDirectory("key")}`, "--json"];
  return runTrellis(["reserves", ...args, ...client], 90_000);
}

async function answered<T>(running: Promise<Ended>): Promise<T> {
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

/** Each customer's deposits, in `parts` lines an asset that add up to the amount only when all are there. */
function writeEntries(name: string, parts = 1): string {
  const lines = ["key,customer,asset,kind,amount,reference,time"];
  for (let part = 0; part < parts; part += 1) {
    for (let customer = 0; customer < CUSTOMERS; customer += 1) {
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

async function totals(): Promise<Record<string, string>> {
  const { balances } = await get<{ balances: { asset: string; amount: string }[] }>("/v1/totals");
  return Object.fromEntries(balances.map(({ asset, amount }) => [asset, amount]));
}

function suite(): void {
  it("balances, snapshot, proof, verification without the service, log", { timeout: 120_000 }, async () => {
    await start();
    const entries = writeEntries("entries.csv");
    const imported = await answered(verb("import", entries, "--assets", ASSET_LIST));
    expect(imported).toMatchObject({ enteredCount: 5_000, replayedCount: 0, position: "5000" });
    expect(await answered(verb("import", entries))).toMatchObject({ enteredCount: 0, replayedCount: 5_000 });

    const taken = await answered<{ root: string }>(verb("snapshot"));
    expect(taken).toMatchObject({ number: 1, logIndex: 0 });
    const proof = inDirectory("proof.json");
    expect((await verb("prove", "c7", "--out", proof)).exitCode).toBe(0);
    const head = inDirectory("head");
    expect((await verb("log", "--out", head)).exitCode).toBe(0);
    expect(await answered(verb("log", "inclusion"))).toMatchObject({ isIncluded: true, index: 0, size: 1 });
    expect(await answered(verb("snapshot"))).toMatchObject({ number: 2, logIndex: 1 });
    expect(await answered(verb("log", "consistency", head))).toEqual({
      isConsistent: true,
      oldSize: 1,
      newSize: 2,
    });
    const csv = (await verb("report", "--csv", "--snapshot", "1")).stdout.trim().split("\n");
    expect(csv).toHaveLength(1 + ASSETS.length);
    expect(await service!.stop()).toMatchObject({ exitCode: 0 });

    const verified = await answered<{ customers: unknown[]; root: string }>(
      runTrellis(["reserves", "verify", proof, "--json"]),
    );
    expect(verified).toMatchObject({ isValid: true, root: taken.root });
    const balances = Object.fromEntries(ASSETS.map((asset, index) => [asset, String(amountOf(7, index))]));
    expect(verified.customers).toEqual([{ customer: "c7", balances }]);

    // One digit of one hash on the way, and one of the balance.
    const text = readFileSync(proof, "utf8");
    const file = JSON.parse(text) as { siblings: { hash: string }[] };
    const { hash } = file.siblings.at(-1)!;
    const flipped = hash.slice(0, -1) + (hash.endsWith("0") ? "1" : "0");
    writeFileSync(inDirectory("flipped.json"), text.replace(hash, flipped));
    const refused = await runTrellis(["reserves", "verify", inDirectory("flipped.json"), "--json"]);
    expect(refused.exitCode).toBe(1);
    expect(JSON.parse(refused.stdout)).toEqual({
      isValid: false,
      code: "PROOF_ROOT_MISMATCH",
      level: expect.any(Number),
    });
  });

  it("killed during import and during a snapshot: nothing lost or doubled", {
    timeout: 240_000,
  }, async () => {
    await start();
    const parts = 6;
    const entries = writeEntries("entries.csv", parts);
    const importing = verb("import", entries, "--assets", ASSET_LIST);
    await expect
      .poll(async () => (await get<{ items: unknown[] }>("/v1/entries?limit=1")).items.length, {
        timeout: 60_000,
        interval: 50,
      })
      .toBe(1);
    await service!.kill();
    expect((await importing).exitCode).toBe(1);

    await start();
    const counts = await answered<{ enteredCount: number; replayedCount: number }>(verb("import", entries));
    expect(counts.replayedCount).toBeGreaterThan(0);
    expect(counts.enteredCount + counts.replayedCount).toBe(CUSTOMERS * ASSETS.length * parts);
    const expected = Object.fromEntries(
      ASSETS.map((asset, index) => [asset, String(totalOf(index) + (parts - 1) * CUSTOMERS)]),
    );
    expect(await totals()).toEqual(expected);

    const taking = verb("snapshot");
    await expect
      .poll(async () => (await get<{ items: unknown[] }>("/v1/snapshots")).items.length, {
        timeout: 60_000,
        interval: 20,
      })
      .toBe(1);
    await service!.kill();
    await taking;

    await start();
    await expect
      .poll(async () => (await get<{ items: { state: string }[] }>("/v1/jobs/snapshot")).items, {
        timeout: 120_000,
        interval: 500,
      })
      .toEqual([expect.objectContaining({ state: "done" })]);
    expect((await get<{ items: unknown[] }>("/v1/snapshots")).items).toEqual([
      expect.objectContaining({ number: 1, state: "signed" }),
    ]);
    expect(await get("/v1/log/head")).toMatchObject({ size: 1 });
    const { record } = await get<{ record: { totals: { asset: string; amount: string }[] } }>(
      "/v1/snapshots/1",
    );
    expect(Object.fromEntries(record.totals.map(({ asset, amount }) => [asset, amount]))).toEqual(expected);
  });
}

describe("trellis reserves on the embedded database", suite);

describe("trellis reserves beside a devnet", () => {
  let devnet: Devnet | undefined;
  afterEach(() => devnet?.stop());

  it("a snapshot's record is anchored in the registry, and the service says where", {
    timeout: 180_000,
  }, async () => {
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
    await answered(verb("import", writeEntries("entries.csv"), "--assets", ASSET_LIST));
    await answered(verb("snapshot"));
    await expect
      .poll(() => get<{ anchor: object | null }>("/v1/snapshots/1"), { timeout: 90_000, interval: 500 })
      .toMatchObject({ anchor: { chainId: 31_337 } });
    const { anchor } = await get<{ anchor: { transactionHash: `0x${string}`; blockNumber: number } }>(
      "/v1/snapshots/1",
    );
    const receipt = await wallet.getTransactionReceipt({ hash: anchor.transactionHash });
    expect(receipt).toMatchObject({ status: "success", blockNumber: BigInt(anchor.blockNumber) });
    expect(receipt.to?.toLowerCase()).toBe(RESERVES_REGISTRY_ADDRESS);
  });
});

describe.skipIf(!isPostgres(postgres))("trellis reserves on PostgreSQL", () => {
  beforeEach(async () => {
    if (!isPostgres(postgres)) return;
    database = ["--database", secretFile("database", await postgres.createDatabase())];
  });
  suite();
});
