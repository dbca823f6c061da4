import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Hex, silentMetrics } from "@trellis/base";
import {
  type ChainClient,
  createRpcChainClient,
  createSender,
  openRpcEndpoint,
  type Sender,
} from "@trellis/client";
import { reservesRegistryDeployment } from "@trellis/contracts/reserves";
import { accountsFromMnemonic, createLocalSigner } from "@trellis/crypto";
import { verifyAnchor } from "@trellis/reserves/anchoring";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type DeployedMarket, deployMarket, PAIR_CODE_HASH } from "./arbitrageMarket.ts";
import { rpcCall } from "./clients.ts";
import { eventually } from "./eventually.ts";
import { type Devnet, runTrellis, type Served, startDevnet, startNode, startTrellis } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

/*
 * The other purposes rotate in keyRotation.test.ts (record, log, webhook, session, encryption), validatorRotation.test.ts
 * and tls.test.ts.
 */

const UNIT = 10n ** 18n;
const LIMIT = String(10n ** 24n);
const WAIT_MS = 180_000;
const MINER = `0x${"0c".repeat(20)}`;
const [wallet, trading, anchor, nextAnchor] = accountsFromMnemonic(
  "test test test test test test test test test test test junk",
  4,
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

/** Sends requests without a pause until `stop`, which returns the number of answers. */
function loadOf(ask: () => Promise<string | undefined>): { stop(): Promise<number> } {
  let isLoading = true;
  let count = 0;
  const failures: string[] = [];
  const loading = (async () => {
    while (isLoading) {
      const failure = await ask().catch(String);
      if (failure !== undefined) failures.push(failure);
      count += 1;
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

  // The address stays, and the key survives a restart.
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
  const devnet = await startDevnet({ args: ["--block-time", "500"] });
  running.push(devnet);
  const { chainId } = devnet.ready;
  const endpoint = openRpcEndpoint({ name: "devnet", url: devnet.rpcUrl }, { metrics: silentMetrics });
  const client = createRpcChainClient("devnet", chainId, endpoint);
  const senderOf = ({ privateKey }: { readonly privateKey: Uint8Array }): Sender =>
    createSender({ chainId, feeLimitWei: 10n ** 12n }, { client, signer: createLocalSigner(privateKey) });
  const trader = senderOf(trading!);
  const nodes = secret("nodes", devnet.rpcUrl);

  const arbitrage = await startArbitrage(
    await deployMarket(client, trader, senderOf(wallet!)),
    chainId,
    nodes,
  );
  const reserves = await startReserves(client, trader, { chainId, nodes });

  const loads = [
    loadOf(() => failureOf(`${arbitrage.engine.ready.url}/v1/status`, arbitrage.engine)),
    loadOf(async () => ((await reserves.snapshot(1)).anchor === null ? "the anchor is missing" : undefined)),
  ];
  const place = ["--data-dir", arbitrage.dataDir];
  const reload = () => {
    for (const { pid } of [arbitrage.engine, arbitrage.signer]) process.kill(pid, "SIGHUP");
  };
  const [old] = arbitrage.secrets();
  await keys("rotate", "signer-channel", ...place);
  reload();
  await arbitrage.trade(1);
  await keys("retire", "signer-channel", ...place);
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

function addressOf({ privateKey }: { readonly privateKey: Uint8Array }): Hex {
  return `0x${Buffer.from(createLocalSigner(privateKey).address).toString("hex")}`;
}

async function failureOf(url: string, { ready }: Served<Ready>): Promise<string | undefined> {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${ready.adminKey}` } });
  const text = await answer.text();
  return answer.status === 200 ? undefined : `${answer.status} ${text}`;
}

async function startArbitrage(market: DeployedMarket, chain: number, rpcFrom: string) {
  const section = {
    chain,
    rpcFrom,
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
  writeFileSync(place("trellis.yaml"), JSON.stringify({ arbitrage: section }));
  const dataDir = place("arbitrage");
  const own = ["--data-dir", dataDir, "--config", place("trellis.yaml"), "--json"];
  const walletKey = secret("wallet", Buffer.from(wallet!.privateKey).toString("hex"));
  const signer = await startTrellis<{ readonly signer: string }>([
    ...["arbitrage", "signer", "--wallet-key-from", walletKey, ...own],
  ]);
  running.push(signer);
  const live = ["--live", "--signer", signer.ready.signer, "--port", "0"];
  const engine = await startTrellis<Ready>(["arbitrage", "serve", ...live, ...own]);
  running.push(engine);
  const executed = async (): Promise<number> => {
    const headers = { authorization: `Bearer ${engine.ready.adminKey}` };
    const answer = await fetch(`${engine.ready.url}/v1/executions`, { headers });
    const { items } = (await answer.json()) as { items: { execution: { outcome: string } | null }[] };
    return items.filter(({ execution }) => execution?.outcome === "executed").length;
  };
  return {
    dataDir,
    signer,
    engine,
    secrets: () => readFileSync(join(dataDir, "signer.secret"), "utf8").trim().split("\n"),
    async trade(count: number) {
      await market.openGap(market.pairs[0]!, 50n * UNIT);
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
