import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bytesToHex, hexToBytes } from "@trellis/base";
import type { Chain } from "@trellis/chain";
import { checksumAddress } from "@trellis/crypto";
import { beginDemo, type Demo, forgetDemo } from "@trellis/demo";
import type { ProducerPace } from "@trellis/mining";
import type { Network } from "@trellis/network";
import { endWithParent } from "@trellis/platform/lifecycle";
import type { ServiceIo } from "@trellis/platform/service";
import { type Address, silentOutbox } from "@trellis/protocol";
import { DEFAULT_RPC_OPTIONS, type Role } from "@trellis/rpc";
import { p2pOf, type ReadyFacts, readyLine } from "../../cli/readyLine.ts";
import { type ReadyAccount, readyTable } from "../../cli/readyTable.ts";
import { childOperations } from "../../node/childOperations.ts";
import { forgetChain } from "../../node/dataDirectory.ts";
import { type DevelopmentAccounts, developmentAccounts, MNEMONIC } from "../../node/developmentAccounts.ts";
import { developmentValidator } from "../../node/developmentValidators.ts";
import { networkOf } from "../../node/networkOf.ts";
import { openChain } from "../../node/openChain.ts";
import { openFinality } from "../../node/openFinality.ts";
import { openIndex } from "../../node/openIndex.ts";
import { openNetwork } from "../../node/openNetwork.ts";
import { callUsage, openNodeCost } from "../../node/openNodeCost.ts";
import { openDevnetGuard } from "../../node/openNodeGuard.ts";
import { openProducer } from "../../node/openProducer.ts";
import { openRpc } from "../../node/openRpc.ts";
import { ARBITRAGE_PATH, openService } from "../../node/openService.ts";
import { type DevnetSettings, IDLE_SECONDS } from "./settings.ts";
import { type ClusterOptions, startNodes } from "./startNodes.ts";

/** Not a test account: rewards would change its balance. */
const MINER: Address = "0x000000000000000000000000000000000000c01b";
const CLUSTER_NETWORK = {
  listen: ["/ip4/127.0.0.1/tcp/0"],
  announce: [],
  bootstrap: [],
  dnsServers: [],
  awaitsPeer: false,
  mdns: false,
  peersOutbound: 8,
  peersInbound: 48,
  relay: "compact" as const,
};
const ROLES: readonly Role[] = ["public", "dev", "debug"];
const CLUSTER_BLOCK_TIME_MS = 300;
const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "localhost"]);
const DEMO_FOLDER = "demo";
const DEMO_PROCESS = fileURLToPath(new URL("./demoProcess.ts", import.meta.url));

export async function run(asked: DevnetSettings, io: ServiceIo): Promise<void> {
  endWithParent();
  const settings = { ...asked, nodes: Math.max(asked.nodes, asked.validators) };
  const isCluster = settings.nodes > 1;
  const accounts = developmentAccounts(settings.accounts);
  const parameters = networkOf(isCluster ? "local" : "dev", settings);
  const folder = settings.ephemeral ? undefined : clusterFolder(settings);
  const dataDir = isCluster ? folder && join(folder, "node-1") : folder;
  if (settings.reset && folder !== undefined) await forgetAll(folder, settings.nodes);

  const stored = { dataDir, storeKind: "lmdb" } as const;
  const chain = await openChain({ parameters, ...stored, isArchive: true, isDurable: false }, io);
  const network = isCluster ? await openNetwork({ ...CLUSTER_NETWORK, dataDir }, chain, io) : undefined;
  await openFinality(developmentValidator(0, dataDir), chain, network?.voteOutbox ?? silentOutbox, io);
  const producer = await openProducer(
    {
      pace: paceOf(settings),
      miner: MINER,
      streams: parameters.streams.map((_, index) => index),
      extra: new Uint8Array(0),
    },
    1,
    chain,
    io,
  );
  const development = {
    privateKeys: accounts.privateKeys,
    producer,
    isInstant: !isCluster && settings.blockTime === "instant",
  };
  const index = await openIndex(stored, chain, io);
  const guard = await openDevnetGuard(io);
  const cost = await openNodeCost(settings, { dataDir }, io);
  const listening = { ...listeningOf(settings, io), guard, usage: callUsage(cost.meter) };
  const rpc = await openRpc(
    {
      ...listening,
      development,
      dataDir,
      index,
      ...(network === undefined ? { roles: ROLES } : { network, roles: [...ROLES, "admin"] }),
    },
    chain,
    io,
  );
  const chainId = Number(parameters.chainId);
  const demo = await demoOf(settings, { folder, rpc: rpc.url, chainId }, io);
  const service = await openService(
    { host: "127.0.0.1", port: settings.httpPort, isOpen: true, guard, cost },
    { node: { chain, network, index }, rpc: { url: rpc.url, hosts: listening.hosts }, demo },
    io,
  );
  producer.start();
  const nodes = network && (await startNodes(clusterOf(settings, folder, network), io));
  const reserves = await demo?.ready();
  io.lifecycle.serving();

  const ready: ReadyFacts = {
    rpc: rpc.url,
    ws: rpc.url.replace(/^http/, "ws"),
    http: service.url,
    chainId,
    dataDir: folder ?? null,
    ...(network === undefined ? {} : { p2p: p2pOf(network) }),
    ...(nodes === undefined ? {} : { nodes }),
    ...(reserves === undefined ? {} : { reserves: { ...reserves, url: `${service.url}/v1` } }),
    ...arbitrageFacts(settings, service.url, demo),
  };
  io.stdout.write(settings.json ? readyLine(ready) : tableOf(settings, ready, accounts, chain));
}

function listeningOf({ rpcPort, rpcOrigins, rpcHost, rpcHosts }: DevnetSettings, { log }: ServiceIo) {
  if (!LOOPBACK_HOSTS.has(rpcHost)) {
    log.warn("rpc.exposed", {
      host: rpcHost,
      message: "JSON-RPC and the unlocked development accounts are reachable from other machines.",
    });
  }
  return {
    port: rpcPort,
    origins: rpcOrigins,
    host: rpcHost,
    hosts: [...DEFAULT_RPC_OPTIONS.hosts, ...rpcHosts],
  };
}

async function demoOf(
  settings: DevnetSettings,
  {
    folder,
    ...place
  }: { readonly folder: string | undefined; readonly rpc: string; readonly chainId: number },
  io: ServiceIo,
): Promise<Demo | undefined> {
  const { noReserves, arbitrage: market, tradeTime } = settings;
  if (noReserves && market === "off") return undefined;
  const dataDir = folder && join(folder, DEMO_FOLDER);
  const operations = childOperations(settings, "demo");
  const options = { ...place, dataDir, hasReserves: !noReserves, market, tradeTime, operations };
  return beginDemo(options, { file: DEMO_PROCESS }, io);
}

function arbitrageFacts(
  { arbitrage: asked }: DevnetSettings,
  serviceUrl: string,
  demo: Demo | undefined,
): Pick<ReadyFacts, "arbitrage"> {
  if (demo === undefined || asked === "off") return {};
  const { adminKey, settingsFile } = demo;
  const isServed = asked !== "market";
  return {
    arbitrage: {
      mode: isServed ? (demo.isLive() ? "live" : "paper") : "market",
      url: isServed ? `${serviceUrl}${ARBITRAGE_PATH}/v1` : null,
      adminKey: isServed ? adminKey : null,
      settingsFile,
    },
  };
}

function clusterFolder({ dataDir, nodes }: DevnetSettings): string {
  return nodes > 1 ? join(dataDir, "cluster") : dataDir;
}

async function forgetAll(folder: string, nodes: number): Promise<void> {
  forgetDemo(join(folder, DEMO_FOLDER));
  if (nodes === 1) return forgetChain(folder);
  for (let number = 1; number <= nodes; number++) await forgetChain(join(folder, `node-${number}`));
}

function paceOf(settings: DevnetSettings): ProducerPace {
  if (settings.nodes > 1) return { kind: "random", meanMs: nodeBlockTimeMs(settings) };
  return settings.blockTime === "instant"
    ? { kind: "instant", idleMs: IDLE_SECONDS * 1_000 }
    : { kind: "interval", intervalMs: settings.blockTime };
}

function nodeBlockTimeMs({ blockTime, nodes }: DevnetSettings): number {
  return blockTime === "instant" ? CLUSTER_BLOCK_TIME_MS : blockTime * nodes;
}

function clusterOf(settings: DevnetSettings, dataDir: string | undefined, network: Network): ClusterOptions {
  return {
    count: settings.nodes - 1,
    bootstrap: network.nodeInfo().addresses[0]!,
    dataDir,
    miner: MINER,
    blockTimeMs: nodeBlockTimeMs(settings),
    accounts: settings.accounts,
    validators: settings.validators,
    operations: (number) => childOperations(settings, `node-${number}`),
  };
}

function tableOf(
  settings: DevnetSettings,
  ready: ReadyFacts,
  accounts: DevelopmentAccounts,
  chain: Chain,
): string {
  const blockTime = settings.nodes > 1 ? nodeBlockTimeMs(settings) / settings.nodes : settings.blockTime;
  return readyTable({ ...ready, blockTime, mnemonic: MNEMONIC, accounts: shownAccounts(accounts, chain) });
}

function shownAccounts({ funded, privateKeys }: DevelopmentAccounts, { view }: Chain): ReadyAccount[] {
  const state = view.stateAt(view.head().hash);
  return funded.map(({ address }, index) => ({
    address: checksumAddress(hexToBytes(address)),
    privateKey: bytesToHex(privateKeys[index]!),
    balance: state.account(address)?.balance ?? 0n,
  }));
}
