import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  createSignerClient,
  parseSignerAddress,
  signerConnector,
  walletOfSigner,
} from "@trellis/arbitrage/signer";
import { type Hex, silentMetrics } from "@trellis/base";
import {
  type ChainClient,
  createRpcChainClient,
  createSender,
  openRpcEndpoint,
  type Sender,
} from "@trellis/client";
import { Arbitrageur } from "@trellis/contracts/arbitrage";
import { reservesRegistryDeployment } from "@trellis/contracts/reserves";
import { accountsFromMnemonic, createLocalSigner } from "@trellis/crypto";
import { verifyAnchor } from "@trellis/reserves/anchoring";
import { type Abi, encodeFunctionData } from "viem";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type DeployedMarket, deployMarket, PAIR_CODE_HASH } from "./arbitrageMarket.ts";
import { rpcCall } from "./clients.ts";
import { eventually } from "./eventually.ts";
import { type Devnet, runTrellis, type Served, startDevnet, startNode, startTrellis } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";
import { think } from "./think.ts";

const UNIT = 10n ** 18n;
const LIMIT = String(10n ** 24n);
const WAIT_MS = 180_000;
const MINER = `0x${"0c".repeat(20)}`;
const [wallet, trading, anchor, nextAnchor, nextWallet] = accountsFromMnemonic(
  "test test test test test test test test test test test junk",
  5,
);

interface Ready {
  readonly url: string;
  readonly adminKey: string;
}

let directory: TemporaryDirectory;
const running: { stop(): Promise<unknown> }[] = [];
beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(async () => {
  for (const service of running.reverse()) await service.stop();
  await directory?.remove();
});

const place = (name: string) => join(directory.path, name);
const secret = (name: string, text: string): string => {
  writeFileSync(place(name), text, { mode: 0o600 });
  return `file:${place(name)}`;
};

async function keys(...args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await runTrellis(["keys", ...args, "--json"]);
  expect(exitCode, stderr).toBe(0);
}

/** `stop` returns the number of answers. */
function loadOf(ask: () => Promise<string | undefined>): { stop(): Promise<number> } {
  let isLoading = true;
  let count = 0;
  const failures: string[] = [];
  const loading = (async () => {
    while (isLoading) {
      const failure = await ask().catch(String);
      if (failure !== undefined) failures.push(failure);
      count += 1;
      await think();
    }
  })();
  return {
    async stop() {
      isLoading = false;
      await loading;
      expect(failures).toEqual([]);
      return count;
    },
  };
}

it("LINK-1: a running node changes its peer key under load without a failed request", async () => {
  const start = async (name: string, bootstrap: string, ...more: readonly string[]): Promise<Devnet> => {
    const own = ["--network", "local", "--listen", "127.0.0.1:0", "--mdns=false", "--bootstrap", bootstrap];
    const node = await startNode({ dataDir: place(name), args: [...own, ...more] });
    running.push(node);
    return node;
  };
  const first = await start("first", "none", "--miner", MINER, "--block-time", "500");
  const { id, addresses } = first.ready.p2p!;
  const second = await start("second", addresses[0]!);
  const height = async ({ rpcUrl }: Devnet) => Number((await rpcCall(rpcUrl, "eth_blockNumber")).result);
  await eventually(async () => (await height(second)) > 2, WAIT_MS);

  const loads = [first, second].map(({ rpcUrl }) =>
    loadOf(async () => {
      const { result, error } = await rpcCall(rpcUrl, "eth_getBlockByNumber", ["latest", false]);
      return result === undefined ? JSON.stringify(error) : undefined;
    }),
  );
  await keys("rotate", "peer", "--data-dir", place("first"));
  process.kill(first.pid, "SIGHUP");
  const peersOf = async ({ rpcUrl }: Devnet) =>
    ((await rpcCall(rpcUrl, "admin_peers")).result as { id: string }[]).map((peer) => peer.id);
  await eventually(async () => {
    const peers = await peersOf(second);
    return peers.length === 1 && peers[0] !== id;
  }, WAIT_MS);
  const [next] = await peersOf(second);
  const before = await height(second);
  await eventually(async () => (await height(second)) > before + 2, WAIT_MS);
  for (const load of loads) expect(await load.stop()).toBeGreaterThan(20);
  expect(first.stderr()).not.toContain("peers.lost");

  const third = await start("third", addresses[0]!.replace(id, next!));
  await eventually(async () => (await peersOf(third)).includes(next!), WAIT_MS);
  await first.stop();
  const again = await start("first", "none");
  expect(again.ready.p2p!.id).toBe(next);
});

interface Snapshot {
  readonly encoded: string;
  readonly anchor: { readonly transactionHash: string } | null;
}

it("SIGN-1, ANCHOR-8: running services change the signer's secret and the anchoring account under load", async () => {
  const { client, chainId, senderOf, trader, nodes } = await startChain();
  const market = await deployMarket(client, trader, senderOf(wallet!));
  const arbitrage = await startArbitrage(market, { chain: chainId, rpcFrom: nodes });
  const reserves = await startReserves(client, trader, { chainId, nodes });

  const loads = [
    loadOf(() => failureOf(`${arbitrage.engine.ready.url}/v1/status`, arbitrage.engine)),
    loadOf(async () => ((await reserves.snapshot(1)).anchor === null ? "the anchor is missing" : undefined)),
  ];
  const own = ["--data-dir", arbitrage.dataDir];
  const reload = () => {
    for (const { pid } of [arbitrage.engine, arbitrage.signer]) process.kill(pid, "SIGHUP");
  };
  const [old] = arbitrage.secrets();
  await keys("rotate", "signer-channel", ...own);
  reload();
  await arbitrage.trade(1);
  await keys("retire", "signer-channel", ...own);
  reload();
  await arbitrage.trade(2);
  expect(arbitrage.secrets()).toHaveLength(1);
  expect(arbitrage.secrets()).not.toContain(old);

  secret("anchor", Buffer.from(nextAnchor!.privateKey).toString("hex"));
  process.kill(reserves.service.pid, "SIGHUP");
  await reserves.run("snapshot");
  await eventually(async () => (await reserves.snapshot(2)).anchor !== null, WAIT_MS);
  for (const load of loads) expect(await load.stop()).toBeGreaterThan(20);

  const claim = async (number: number, account: { readonly privateKey: Uint8Array }) => ({
    bytes: new Uint8Array(Buffer.from((await reserves.snapshot(number)).encoded, "base64")),
    custodian: addressOf(account),
    rule: { confirmations: 1 },
  });
  expect(await verifyAnchor(await claim(1, anchor!), client)).toMatchObject({ sequence: 1 });
  for (const number of [1, 2])
    expect(await verifyAnchor(await claim(number, nextAnchor!), client)).toMatchObject({ sequence: number });
  const { stderr } = await arbitrage.engine.stop();
  expect(stderr).not.toContain("signer.lost");
});

it("ARB-41, SIGN-7: a running engine changes its wallet under load, finishes the former one's trades, and resumes this after a kill", async () => {
  const { client, chainId, senderOf, trader, nodes } = await startChain();
  const market = await deployMarket(client, trader, senderOf(wallet!));
  const [first, next] = [addressOf(wallet!), addressOf(nextWallet!)];
  const allow = { abi: Arbitrageur.abi as Abi, functionName: "setExecutor", args: [next, true] };
  const allowed = await senderOf(wallet!).send({
    to: market.arbitrageur,
    data: encodeFunctionData(allow),
  });
  const funded = await trader.send({ to: next, data: "0x", valueWei: UNIT });
  for (const { hash } of [allowed, funded])
    await eventually(async () => (await client.receipt(hash)) !== undefined, WAIT_MS);
  const chain = { chain: chainId, rpcFrom: nodes, confirmations: 15 };
  const arbitrage = await startArbitrage(market, chain, "wallets");
  const loads = ["status", "opportunities", "wallets"].map((path) =>
    loadOf(() => failureOf(`${arbitrage.engine.ready.url}/v1/${path}`, arbitrage.engine)),
  );
  await arbitrage.trade(1);

  await arbitrage.changeKey(anchor!);
  process.kill(arbitrage.engine.pid, "SIGHUP");
  await arbitrage.trade(2);
  expect(await arbitrage.status()).toMatchObject({ wallet: first, formerWallets: [] });
  await arbitrage.changeKey(wallet!);

  await arbitrage.trade(3);
  await arbitrage.changeKey(nextWallet!);
  process.kill(arbitrage.engine.pid, "SIGHUP");
  await eventually(async () => (await arbitrage.status()).formerWallets.includes(first), WAIT_MS);
  await arbitrage.trade(4);
  expect(await arbitrage.status()).toMatchObject({ wallet: next, formerWallets: [] });
  const { items } = await arbitrage.get<{ items: { decisions: { code: string; reason: string }[] }[] }>(
    "opportunities?outcome=refused",
  );
  expect(items.flatMap(({ decisions }) => decisions)).toContainEqual(
    expect.objectContaining({
      code: "walletChanging",
      reason: `trades of the former wallet ${first} are not settled`,
    }),
  );
  for (const load of loads) expect(await load.stop()).toBeGreaterThan(20);

  await arbitrage.trade(5);
  await arbitrage.changeKey(wallet!);
  const { stderr } = await arbitrage.engine.kill();
  expect(stderr).toMatch(/ARBITRAGE_NOT_DEPLOYED.*wallet\.kept/);
  await arbitrage.startEngine();
  await eventually(async () => (await arbitrage.status()).formerWallets.includes(next), WAIT_MS);
  await eventually(async () => (await arbitrage.status()).formerWallets.length === 0, WAIT_MS);
  await arbitrage.trade(6);
  const executions = await arbitrage.executions();
  expect(executions.map((execution) => execution?.wallet)).toEqual([first, next, next, first, first, first]);
  await eventually(async () => (await arbitrage.status()).bookDifferences?.length === 0, WAIT_MS);

  const held = [new Uint8Array(Buffer.from(arbitrage.secrets()[0]!, "hex"))];
  const former = createSignerClient(next, () => held, arbitrage.connect);
  await former.check();
  process.kill(arbitrage.signer.pid, "SIGHUP");
  await eventually(async () => (await former.check().catch(() => "forgotten")) === "forgotten", WAIT_MS);
  const call = { chainId, to: market.arbitrageur, data: "0x", valueWei: 0n, nonce: 9 } as const;
  await expect(
    former.signCall({ ...call, gasLimit: 21_000n, maxFeeWei: 1n, maxTipWei: 1n }),
  ).rejects.toMatchObject({ code: "SIGNER_REFUSED", facts: { rule: "wallet" } });
  former.close();
});

async function startChain() {
  const devnet = await startDevnet({ args: ["--block-time", "500"] });
  running.push(devnet);
  const { chainId } = devnet.ready;
  const endpoint = openRpcEndpoint({ name: "devnet", url: devnet.rpcUrl }, { metrics: silentMetrics });
  const client = createRpcChainClient("devnet", chainId, endpoint);
  const senderOf = ({ privateKey }: { readonly privateKey: Uint8Array }): Sender =>
    createSender({ chainId, feeLimitWei: 10n ** 12n }, { client, signer: createLocalSigner(privateKey) });
  const nodes = secret(`nodes-${chainId}-${devnet.pid}`, devnet.rpcUrl);
  return { client, chainId, senderOf, trader: senderOf(trading!), nodes };
}

function addressOf({ privateKey }: { readonly privateKey: Uint8Array }): Hex {
  return `0x${Buffer.from(createLocalSigner(privateKey).address).toString("hex")}`;
}

async function failureOf(url: string, { ready }: Served<Ready>): Promise<string | undefined> {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${ready.adminKey}` } });
  const text = await answer.text();
  return answer.status === 200 ? undefined : `${answer.status} ${text}`;
}

interface ArbitrageStatus {
  readonly wallet: string;
  readonly formerWallets: readonly string[];
  readonly bookDifferences: readonly unknown[] | null;
}

async function startArbitrage(market: DeployedMarket, chain: object, name = "arbitrage") {
  const section = {
    ...chain,
    factories: market.factories.map((address) => ({
      kind: "uniswap-v2",
      address,
      initCodeHash: PAIR_CODE_HASH,
    })),
    profitTokens: [{ address: market.base }],
    owner: addressOf(wallet!),
    limits: { tradeMax: LIMIT, tokenDayMax: LIMIT, chainDayMax: LIMIT, gasDayMax: LIMIT },
    window: 40,
  };
  const config = place(`${name}.yaml`);
  writeFileSync(config, JSON.stringify({ arbitrage: section }));
  const dataDir = place(name);
  const own = ["--data-dir", dataDir, "--config", config, "--json"];
  const writeKey = ({ privateKey }: { readonly privateKey: Uint8Array }) =>
    secret(`${name}-key`, Buffer.from(privateKey).toString("hex"));
  const signer = await startTrellis<{ readonly signer: string }>([
    ...["arbitrage", "signer", "--wallet-key-from", writeKey(wallet!), ...own],
  ]);
  running.push(signer);
  const connect = signerConnector(parseSignerAddress(signer.ready.signer), WAIT_MS);
  const secrets = () => readFileSync(join(dataDir, "signer.secret"), "utf8").trim().split("\n");
  const startEngine = async (): Promise<Served<Ready>> => {
    const live = ["--live", "--signer", signer.ready.signer, "--port", "0"];
    const engine = await startTrellis<Ready>(["arbitrage", "serve", ...live, ...own]);
    running.push(engine);
    return engine;
  };
  let engine = await startEngine();
  const { adminKey } = engine.ready;
  const get = async <Answer>(path: string): Promise<Answer> => {
    const headers = { authorization: `Bearer ${adminKey}` };
    return (await fetch(`${engine.ready.url}/v1/${path}`, { headers })).json() as Promise<Answer>;
  };
  const executions = async () => {
    const answer = await get<{ items: { execution: { outcome: string; wallet: string } | null }[] }>(
      "executions",
    );
    return answer.items.map(({ execution }) => execution);
  };
  return {
    dataDir,
    signer,
    get engine() {
      return engine;
    },
    async startEngine() {
      engine = await startEngine();
    },
    connect,
    secrets,
    get,
    executions,
    status: () => get<ArbitrageStatus>("status"),
    async changeKey(account: { readonly privateKey: Uint8Array }) {
      writeKey(account);
      process.kill(signer.pid, "SIGHUP");
      const held = [new Uint8Array(Buffer.from(secrets()[0]!, "hex"))];
      await eventually(async () => (await walletOfSigner(held, connect)) === addressOf(account), WAIT_MS);
    },
    async trade(count: number) {
      await market.openGap(market.pairs[0]!, 50n * UNIT);
      const executed = async () =>
        (await executions()).filter((execution) => execution?.outcome === "executed").length;
      await eventually(async () => (await executed()) >= count, WAIT_MS);
    },
  };
}

async function startReserves(
  client: ChainClient,
  trader: Sender,
  { chainId, nodes }: { readonly chainId: number; readonly nodes: string },
) {
  const calls = [
    reservesRegistryDeployment,
    ...[anchor!, nextAnchor!].map((account) => ({
      to: addressOf(account),
      data: "0x" as const,
      valueWei: UNIT,
    })),
  ];
  for (const call of calls) {
    const { hash } = await trader.send(call);
    await eventually(async () => (await client.receipt(hash)) !== undefined, WAIT_MS);
  }
  const service = await startTrellis<Ready>([
    ...["reserves", "serve", "--data-dir", place("reserves"), "--port", "0", "--json"],
    ...["--anchor-rpc-from", nodes, "--anchor-chain", String(chainId), "--anchor-confirmations", "1"],
    ...["--anchor-key-from", secret("anchor", Buffer.from(anchor!.privateKey).toString("hex"))],
  ]);
  running.push(service);
  const { url, adminKey } = service.ready;
  const own = ["--url", url, "--api-key-from", secret("api-key", adminKey), "--json"];
  const run = async (...args: readonly string[]): Promise<void> => {
    const { exitCode, stderr } = await runTrellis(["reserves", ...args, ...own]);
    expect(exitCode, stderr).toBe(0);
  };
  const snapshot = async (number: number): Promise<Snapshot> => {
    const headers = { authorization: `Bearer ${adminKey}` };
    const answer = await fetch(`${url}/v1/snapshots/${number}`, { headers });
    expect(answer.status).toBe(200);
    return answer.json() as Promise<Snapshot>;
  };
  writeFileSync(
    place("entries.csv"),
    "key,customer,asset,kind,amount,reference,time\nd1,alice,ETH,deposit,5,tx,1\n",
  );
  await run("import", place("entries.csv"), "--assets", "ETH:18");
  await run("snapshot");
  await eventually(async () => (await snapshot(1)).anchor !== null, WAIT_MS);
  return { service, run, snapshot };
}
