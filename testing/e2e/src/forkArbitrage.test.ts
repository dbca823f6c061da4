import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bytesToHex, type Hex, silentMetrics } from "@trellis/base";
import { createRpcChainClient, createSender, openRpcEndpoint } from "@trellis/client";
import { accountsFromMnemonic, createLocalSigner } from "@trellis/crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type DeployedMarket, deployMarket, PAIR_CODE_HASH } from "./arbitrageMarket.ts";
import { MNEMONIC } from "./chain.ts";
import { publicClientOf, rpcCall } from "./clients.ts";
import { eventually } from "./eventually.ts";
import { type Devnet, runTrellis, type Served, startDevnet, startTrellis } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const UNIT = 10n ** 18n;
const LIMIT = String(10n ** 24n);
const [OWNER, TRADER] = accountsFromMnemonic(MNEMONIC, 2).map(({ privateKey }) => privateKey);

interface Ready {
  readonly url: string;
  readonly adminKey: string;
}

interface Opportunity {
  readonly expectedProfit: string;
  readonly execution: { readonly outcome: string; readonly profit: string | null } | null;
}

let directory: TemporaryDirectory;
let live: Devnet;
let fork: Devnet;
let service: Served<Ready> | undefined;
let market: DeployedMarket;
let owner: Hex;
let config: string;

beforeAll(async () => {
  directory = await temporaryDirectory();
  live = await startDevnet({ args: ["--block-time", "500"] });
  const { chainId } = live.ready;
  const request = openRpcEndpoint({ name: "live", url: live.rpcUrl }, { metrics: silentMetrics });
  const client = createRpcChainClient("live", chainId, request);
  const senderOf = (key: Uint8Array) =>
    createSender({ chainId, feeLimitWei: 10n ** 12n }, { client, signer: createLocalSigner(key) });
  const sender = senderOf(OWNER!);
  owner = sender.address;
  market = await deployMarket(client, senderOf(TRADER!), sender);
  await market.openGap(market.pairs[0]!, 50n * UNIT);
  fork = await startDevnet({
    args: ["--block-time", "500", "--fork-url", live.rpcUrl],
  });
  const file = (name: string, text: string) => writeFile(join(directory.path, name), text, { mode: 0o600 });
  await file("nodes", fork.rpcUrl);
  await file("wallet", bytesToHex(OWNER!));
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
    owner,
    limits: { tradeMax: LIMIT, tokenDayMax: LIMIT, chainDayMax: LIMIT, gasDayMax: LIMIT },
    window: 40,
  };
  await file("trellis.yaml", JSON.stringify({ arbitrage: section }));
});

afterAll(async () => {
  await service?.stop();
  await fork?.stop();
  await live?.stop();
  await directory?.remove();
});

/** Reserves of the pairs, the owner's tokens and nonce. */
async function marketAt(url: string): Promise<readonly unknown[]> {
  const call = async (to: string, data: string) =>
    (await rpcCall(url, "eth_call", [{ to, data }, "latest"])).result;
  return Promise.all([
    ...market.pairs.map((pair) => call(pair, "0x0902f1ac")),
    call(market.base, `0x70a08231${owner.slice(2).padStart(64, "0")}`),
    publicClientOf(url).getTransactionCount({ address: owner }),
  ]);
}

it("the arbitrage engine trades on a fork of a live market, which does not change [DEV-7]", async () => {
  const before = await marketAt(live.rpcUrl);
  expect(await marketAt(fork.rpcUrl)).toEqual(before);
  const scan = await runTrellis(["arbitrage", "scan", "--config", config, "--json"]);
  expect(scan.exitCode, scan.stderr).toBe(0);
  const { pools, trades } = JSON.parse(scan.stdout) as { pools: number; trades: { profit: string }[] };
  expect(pools).toBe(2);
  const place = ["--data-dir", join(directory.path, "service"), "--port", "0", "--config", config, "--json"];
  const wallet = ["--live", "--wallet-key-from", `file:${join(directory.path, "wallet")}`];
  service = await startTrellis<Ready>(["arbitrage", "serve", ...wallet, ...place]);
  const { url, adminKey } = service.ready;
  const executions = async () => {
    const headers = { authorization: `Bearer ${adminKey}` };
    const response = await fetch(`${url}/v1/executions`, { headers });
    return ((await response.json()) as { items: Opportunity[] }).items;
  };
  await eventually(async () => (await executions())[0]?.execution?.outcome === "executed", 80_000);
  const [executed] = await executions();
  expect(executed!.execution!.profit).toBe(trades[0]!.profit);
  const after = await marketAt(fork.rpcUrl);
  expect(BigInt(`${after.at(-2)}`) - BigInt(`${before.at(-2)}`)).toBe(BigInt(trades[0]!.profit));
  expect(await marketAt(live.rpcUrl)).toEqual(before);
});
