import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytesToHex, silentMetrics } from "@trellis/base";
import { createRpcChainClient, createSender, openRpcEndpoint } from "@trellis/client";
import { reservesRegistryDeployment } from "@trellis/contracts/reserves";
import {
  accountsFromMnemonic,
  blsKeystoreToJson,
  blsSecretFromSeed,
  createLocalSigner,
  encryptBlsKeystore,
  sha256,
} from "@trellis/crypto";
import { freePort } from "@trellis/kit/freePort";
import { systemRandom } from "@trellis/platform/system";
import { createWalletClient, http, publicActions } from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { hardhat } from "viem/chains";
import { afterAll, beforeAll, expect, it } from "vitest";
import { deployMarket, PAIR_CODE_HASH } from "./arbitrageMarket.ts";
import { rpcCall } from "./clients.ts";
import { eventually } from "./eventually.ts";
import { type Devnet, runTrellis, type Served, startNode, startTrellis } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const MNEMONIC = "test test test test test test test test test test test junk";
const CHAIN_ID = 31_337;
const UNIT = 10n ** 18n;
const LIMIT = String(10n ** 24n);
const VALIDATOR = blsSecretFromSeed(sha256(new TextEncoder().encode("Trellis development validator 0")));
const [owner, trader, anchorer] = accountsFromMnemonic(MNEMONIC, 3);

interface Ready {
  readonly url: string;
  readonly adminKey: string;
}

let directory: TemporaryDirectory;
let node: Devnet | undefined;
const services: Served<unknown>[] = [];
let port: number;

beforeAll(async () => {
  directory = await temporaryDirectory();
  port = await freePort();
});
afterAll(async () => {
  for (const service of services.reverse()) await service.kill();
  await node?.kill();
  await directory?.remove();
});

const place = (...names: string[]): string => join(directory.path, ...names);
function secretFile(name: string, text: string): string {
  writeFileSync(place(name), text, { mode: 0o600 });
  return `file:${place(name)}`;
}
const accessOf = (client: string): string => place("signer", "clients", client, "signer.json");

async function signer(...args: string[]): Promise<void> {
  const { exitCode, stderr } = await runTrellis(["signer", ...args, "--data-dir", place("signer"), "--json"]);
  expect(exitCode, stderr).toBe(0);
}

const serveSigner = () =>
  startTrellis<Ready>(["signer", "serve", "--data-dir", place("signer"), "--port", String(port), "--json"]);

async function finalHeight(): Promise<number> {
  const { result } = await rpcCall(node!.rpcUrl, "trellis_getFinality", []);
  return (result as { finalized: { height: number } }).finalized.height;
}

async function untilFinal(more: number): Promise<void> {
  const goal = (await finalHeight()) + more;
  await eventually(async () => (await finalHeight()) >= goal);
}

async function placeKeys(): Promise<void> {
  await signer("init", "--port", String(port));
  mkdirSync(place("validator"));
  const keystore = await encryptBlsKeystore(VALIDATOR, "p", systemRandom, { n: 2, r: 1, p: 1 });
  writeFileSync(place("validator", "key.json"), blsKeystoreToJson(keystore));
  writeFileSync(place("validator", "unused"), "");
  await signer(
    "import",
    "--validator-dir",
    place("validator"),
    "--password-from",
    secretFile("password", "p"),
  );
  for (const [purpose, account] of [
    ["account", owner!],
    ["anchor", anchorer!],
  ] as const) {
    const from = secretFile(purpose, bytesToHex(account.privateKey));
    await signer("import", "--purpose", purpose, "--key-from", from);
  }
  await signer("new", "--purpose", "record");
  await signer("new", "--purpose", "log");
}

it("SIGNER-7: one signer for a validator, a custodian and an arbitrage engine is killed and restarted; a second instance is refused", async () => {
  await placeKeys();
  expect(existsSync(place("validator", "key.json"))).toBe(false);
  const first = await serveSigner();
  services.push(first);
  node = await startNode({
    dataDir: place("node"),
    args: [
      ...["--network", "local", "--validators", "1", "--listen", "127.0.0.1:0", "--mdns=false"],
      ...["--validator-signer", accessOf("node"), "--miner", `0x${"0c".repeat(20)}`, "--block-time", "250"],
    ],
  });
  await untilFinal(2);

  const request = openRpcEndpoint({ name: "node", url: node.rpcUrl }, { metrics: silentMetrics });
  const client = createRpcChainClient("node", CHAIN_ID, request);
  const senderOf = ({ privateKey }: { readonly privateKey: Uint8Array }) =>
    createSender(
      { chainId: CHAIN_ID, feeLimitWei: 10n ** 12n },
      { client, signer: createLocalSigner(privateKey) },
    );
  const market = await deployMarket(client, senderOf(trader!), senderOf(owner!));
  const wallet = createWalletClient({
    account: mnemonicToAccount(MNEMONIC, { addressIndex: 1 }),
    chain: hardhat,
    transport: http(node.rpcUrl),
  }).extend(publicActions);
  const { to, data } = reservesRegistryDeployment;
  await wallet.waitForTransactionReceipt({ hash: await wallet.sendTransaction({ to, data }) });

  const engine = await startEngine(market);
  const custodian = await startCustodian(node.rpcUrl);
  const second = await runTrellis(["signer", "serve", "--data-dir", place("signer"), "--port", "0"]);
  expect(second.exitCode).toBe(1);
  expect(second.stderr).toContain("another instance is using the keys");

  await first.kill();
  const stopped = await finalHeight();
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  // A vote in flight may still finalize one checkpoint.
  expect(await finalHeight()).toBeLessThanOrEqual(stopped + 1);
  services.push(await serveSigner());
  await untilFinal(2);

  const ask = async <T>({ ready }: Served<Ready>, path: string): Promise<T> => {
    const headers = { authorization: `Bearer ${ready.adminKey}` };
    return (await fetch(`${ready.url}${path}`, { headers })).json() as Promise<T>;
  };
  await market.openGap(market.pairs[1]!, 50n * UNIT);
  type Executions = { items: { execution: { outcome: string } | null }[] };
  await eventually(async () => {
    const { items } = await ask<Executions>(engine, "/v1/executions");
    return items.some(({ execution }) => execution?.outcome === "executed");
  });
  await snapshot(custodian);
  await eventually(async () => {
    const { anchor } = await ask<{ anchor: { chainId: number } | null }>(custodian, "/v1/snapshots/1");
    return anchor?.chainId === CHAIN_ID;
  });
  const audit = readFileSync(place("signer", "audit.jsonl"), "utf8");
  for (const line of [
    '"node","action":"signer.vote"',
    '"custodian","action":"signer.sign"',
    '"custodian","action":"signer.transaction"',
    '"arbitrage","action":"signer.transaction"',
  ])
    expect(audit).toContain(line);
});

async function startEngine(market: Awaited<ReturnType<typeof deployMarket>>): Promise<Served<Ready>> {
  const arbitrage = {
    chain: CHAIN_ID,
    rpcFrom: secretFile("nodes", node!.rpcUrl),
    factories: market.factories.map((address) => ({
      kind: "uniswap-v2",
      address,
      initCodeHash: PAIR_CODE_HASH,
    })),
    profitTokens: [{ address: market.base }],
    limits: { tradeMax: LIMIT, tokenDayMax: LIMIT, chainDayMax: LIMIT, gasDayMax: LIMIT },
    window: 40,
  };
  writeFileSync(place("trellis.yaml"), JSON.stringify({ arbitrage }));
  const live = ["--live", "--signer", `file:${accessOf("arbitrage")}`, "--config", place("trellis.yaml")];
  const engine = await startTrellis<Ready>([
    ...["arbitrage", "serve", ...live, "--data-dir", place("engine"), "--port", "0", "--json"],
  ]);
  services.push(engine);
  return engine;
}

async function startCustodian(rpcUrl: string): Promise<Served<Ready>> {
  const anchors = ["--anchor-rpc-from", secretFile("rpc", rpcUrl), "--anchor-chain", String(CHAIN_ID)];
  const custodian = await startTrellis<Ready>([
    ...[
      "reserves",
      "serve",
      "--custodian",
      "exchange.example",
      "--signer",
      accessOf("custodian"),
      ...anchors,
    ],
    ...["--data-dir", place("custodian"), "--port", "0", "--json"],
  ]);
  services.push(custodian);
  return custodian;
}

async function snapshot({ ready }: Served<Ready>): Promise<void> {
  const entries = "key,customer,asset,kind,amount,reference,time\nk,c,USD,deposit,5,k,1700000000000\n";
  writeFileSync(place("entries.csv"), entries);
  const access = ["--url", ready.url, "--api-key-from", secretFile("key", ready.adminKey)];
  for (const args of [["import", place("entries.csv"), "--assets", "USD:2"], ["snapshot"]]) {
    const { exitCode, stderr } = await runTrellis(["reserves", ...args, ...access, "--json"]);
    expect(exitCode, stderr).toBe(0);
  }
}
