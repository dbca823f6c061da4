import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bytesToHex, silentMetrics } from "@trellis/base";
import {
  type ChainClient,
  createRpcChainClient,
  createSender,
  openRpcEndpoint,
  type Sender,
} from "@trellis/client";
import { accountsFromMnemonic, createLocalSigner } from "@trellis/crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeployedMarket, deployMarket, PAIR_CODE_HASH } from "./arbitrageMarket.ts";
import { eventually } from "./eventually.ts";
import { type Devnet, runTrellis, type Served, startDevnet, startTrellis } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const UNIT = 10n ** 18n;
const LIMIT = String(10n ** 24n);
const accounts = accountsFromMnemonic("test test test test test test test test test test test junk", 2);

interface Ready {
  readonly url: string;
  readonly adminKey: string;
  readonly isLive: boolean;
}
interface Opportunity {
  readonly id: string;
  readonly expectedProfit: string;
  readonly decisions: readonly { readonly reason: string }[];
  readonly execution: { readonly outcome: string; readonly profit: string | null } | null;
}

let devnet: Devnet;
let directory: TemporaryDirectory;
let client: ChainClient;
let market: DeployedMarket;
let owner: Sender;
let trader: Sender;
let service: Served<Ready> | undefined;
let config: string;

beforeAll(async () => {
  directory = await temporaryDirectory();
  devnet = await startDevnet({ args: ["--block-time", "500"] });
  const { chainId } = devnet.ready;
  const request = openRpcEndpoint({ name: "devnet", url: devnet.rpcUrl }, { metrics: silentMetrics });
  client = createRpcChainClient("devnet", chainId, request);
  const senderOf = ({ privateKey }: (typeof accounts)[number]) =>
    createSender({ chainId, feeLimitWei: 10n ** 12n }, { client, signer: createLocalSigner(privateKey) });
  [owner, trader] = [senderOf(accounts[0]!), senderOf(accounts[1]!)];
  market = await deployMarket(client, trader, owner);
  const file = (name: string, text: string) => writeFile(join(directory.path, name), text, { mode: 0o600 });
  await file("nodes", devnet.rpcUrl);
  await file("wallet", bytesToHex(accounts[0]!.privateKey));
  config = join(directory.path, "trellis.yaml");
  const section = {
    chain: chainId,
    rpcFrom: `file:${join(directory.path, "nodes")}`,
    factories: market.factories.map((address) => ({
      kind: "uniswap-v2",
      address,
      initCodeHash: PAIR_CODE_HASH,
    })),
    profitTokens: [{ address: market.base }],
    owner: owner.address,
    limits: { tradeMax: LIMIT, tokenDayMax: LIMIT, chainDayMax: LIMIT, gasDayMax: LIMIT },
    window: 40,
  };
  await file("trellis.yaml", JSON.stringify({ arbitrage: section }));
});

afterAll(async () => {
  await service?.stop();
  await devnet?.stop();
  await directory?.remove();
});

async function trellis(...args: readonly string[]): Promise<Record<string, unknown>> {
  const ended = await runTrellis(["arbitrage", ...args, "--config", config, "--json"]);
  expect(ended.exitCode, ended.stderr).toBe(0);
  return JSON.parse(ended.stdout) as Record<string, unknown>;
}

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const authorization = `Bearer ${service!.ready.adminKey}`;
  const response = await fetch(`${service!.ready.url}${path}`, {
    ...init,
    headers: { authorization, "content-type": "application/json" },
  });
  expect(response.status, path).toBe(200);
  return response.json() as Promise<T>;
}

const bookDifferences = async () =>
  (await ask<{ bookDifferences: readonly object[] | null }>("/v1/status")).bookDifferences;
const opportunities = async () => (await ask<{ items: Opportunity[] }>("/v1/opportunities")).items;

describe("trellis arbitrage", () => {
  it("scans and simulates a gap, closes it live to the wei, books a top-up, and stops when killed", async () => {
    expect(await trellis("scan")).toMatchObject({ pools: 2, stale: 0, found: 0, trades: [] });
    await market.openGap(market.pairs[0]!, 50n * UNIT);
    const { trades } = await trellis("scan");
    const scanned = trades as { profit: string; profitWei: string }[];
    const simulated = (await trellis("simulate")).trades as { profit: string; simulatedProfit: string }[];
    expect(simulated).toMatchObject([
      { isSuccess: true, simulatedProfit: scanned[0]!.profit, failure: null },
    ]);

    const place = [
      "--data-dir",
      join(directory.path, "service"),
      "--port",
      "0",
      "--config",
      config,
      "--json",
    ];
    const wallet = ["--live", "--wallet-key-from", `file:${join(directory.path, "wallet")}`];
    service = await startTrellis<Ready>(["arbitrage", "serve", ...wallet, ...place]);
    expect(service.ready.isLive).toBe(true);
    await eventually(async () => (await opportunities())[0]?.execution?.outcome === "executed", 80_000);
    const [executed, ...others] = (await ask<{ items: Opportunity[] }>("/v1/executions")).items;
    expect(others).toEqual([]);
    expect(executed).toMatchObject({
      expectedProfit: scanned[0]!.profit,
      execution: { profit: scanned[0]!.profit },
    });
    await eventually(async () => (await bookDifferences())?.length === 0);
    expect((await ask<{ items: unknown[] }>("/v1/pools")).items).toHaveLength(2);

    await writeFile(join(directory.path, "key"), service.ready.adminKey, { mode: 0o600 });
    const asAdmin = ["--url", service.ready.url, "--api-key-from", `file:${join(directory.path, "key")}`];

    const topUp = await trader.send({ to: owner.address, data: "0x", valueWei: 7n });
    await market.openGap(market.pairs[1]!, 50n * UNIT);
    await eventually(async () => (await bookDifferences())?.length === 1, 80_000);
    const [difference] = (await bookDifferences()) as [{ booked: string; onChain: string }];
    expect(difference).toMatchObject({ account: owner.address, asset: "coin" });
    expect(BigInt(difference.onChain) - BigInt(difference.booked)).toBe(7n);
    const booked = await trellis("book", topUp.hash, "--reason", "a top-up", ...asAdmin);
    expect(booked).toMatchObject({ items: [{ kind: "transfer", asset: "coin", amount: "7" }] });
    await eventually(async () => (await bookDifferences())?.length === 0);
    const seen = (await opportunities()).length;

    expect(await trellis("kill", "the test ends", ...asAdmin)).toMatchObject({
      killed: { reason: "the test ends" },
    });
    await market.openGap(market.pairs[0]!, 50n * UNIT);
    await eventually(async () => (await opportunities()).length > seen, 80_000);
    const [refused] = await opportunities();
    expect(refused).toMatchObject({ execution: null });
    expect(refused!.decisions.at(-1)?.reason).toMatch(/^killed by key:.*the test ends$/);
    expect(await trellis("status", ...asAdmin)).toMatchObject({
      isLive: true,
      poolCount: 2,
      failuresInARow: 0,
    });

    const stranger = await fetch(`${service.ready.url}/v1/kill`, { method: "POST", body: "{}" });
    expect(stranger.status).toBe(401);
    expect(stranger.headers.get("content-type")).toMatch(/problem\+json/);

    await trellis("config", "set", "live", "false", "--reason", "the test ends", ...asAdmin);
    await service.stop();
    service = await startTrellis<Ready>(["arbitrage", "serve", ...wallet, ...place]);
    expect(service.ready.isLive).toBe(false);
  });

  it("CONFIG_INVALID_VALUE, ARBITRAGE_NOT_DEPLOYED: reports missing settings before anything starts", async () => {
    const fail = async (...args: readonly string[]) => (await runTrellis(["arbitrage", ...args])).stderr;
    expect(await fail("scan")).toMatch(/reason: missing.*CONFIG_INVALID_VALUE/s);
    const place = ["--config", config, "--data-dir", join(directory.path, "other"), "--port", "0"];
    expect(await fail("serve", "--live", ...place)).toMatch(/setting: walletKeyFrom.*CONFIG_INVALID_VALUE/s);
    const wallet = `file:${join(directory.path, "wallet")}`;
    const nobody = `0x${"77".repeat(20)}`;
    const stderr = await fail("serve", "--live", "--wallet-key-from", wallet, "--owner", nobody, ...place);
    expect(stderr).toMatch(/ARBITRAGE_NOT_DEPLOYED/);
  });
});
