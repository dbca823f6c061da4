import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { bytesToHex, hexToBytes } from "@trellis/base";
import type { Chain } from "@trellis/chain";
import { checksumAddress } from "@trellis/crypto";
import { beginDemo, type Demo, forgetDemo } from "@trellis/demo";
import { DEMO_ACCOUNTS, MARKET_ACCOUNTS } from "@trellis/demo/accounts";
import type { Producer, ProducerPace } from "@trellis/mining";
import type { Network } from "@trellis/network";
import { platformErrors } from "@trellis/platform";
import { createProgress } from "@trellis/platform/progress";
import { releaseStartMemory, type ServiceIo } from "@trellis/platform/service";
import { systemClock, systemRandom } from "@trellis/platform/system";
import { type Address, silentOutbox } from "@trellis/protocol";
import { DEFAULT_RPC_OPTIONS, type DevCommands, type Role } from "@trellis/rpc";
import { p2pOf, type ReadyFacts, readyLine } from "../../cli/readyLine.ts";
import { type ReadyAccount, readyTable } from "../../cli/readyTable.ts";
import { childOperations } from "../../node/childOperations.ts";
import { createDevCommands } from "../../node/createDevCommands.ts";
import { chainDirectory, forgetChain, forkFile } from "../../node/dataDirectory.ts";
import { type DevelopmentAccounts, developmentAccounts } from "../../node/developmentAccounts.ts";
import { developmentValidator } from "../../node/developmentValidators.ts";
import { readForkRecord } from "../../node/fork/forkRecord.ts";
import { type Fork, type OpenedFork, openFork } from "../../node/fork/openFork.ts";
import { readAhead } from "../../node/fork/readAhead.ts";
import { readOverridden } from "../../node/fork/readOverridden.ts";
import { genesisAccounts, networkOf } from "../../node/networkOf.ts";
import { openChain } from "../../node/openChain.ts";
import { openFinality } from "../../node/openFinality.ts";
import { openIndex } from "../../node/openIndex.ts";
import { openMining } from "../../node/openMining.ts";
import { openNetwork } from "../../node/openNetwork.ts";
import { callUsage, openNodeCost } from "../../node/openNodeCost.ts";
import { openDevnetGuard } from "../../node/openNodeGuard.ts";
import { openProducer } from "../../node/openProducer.ts";
import { openRpc } from "../../node/openRpc.ts";
import { ARBITRAGE_PATH, openService } from "../../node/openService.ts";
import { openWorkers } from "../../node/openWorkers.ts";
import { allShards, type NodeShards, nodeShards } from "../../shards/openShards.ts";
import { shardFacts } from "../../shards/shardFacts.ts";
import { CLUSTER_NETWORK, hostsOf } from "./devnetShards.ts";
import { printTransactions } from "./printTransactions.ts";
import { type DevnetSettings, IDLE_SECONDS, shardsBlockTimeMs } from "./settings.ts";
import { type ClusterOptions, startNodes } from "./startNodes.ts";

/** Not a test account: rewards would change its balance. */
const MINER: Address = "0x000000000000000000000000000000000000c01b";
const ROLES: readonly Role[] = ["public", "dev", "debug", "mining"];
const CLUSTER_BLOCK_TIME_MS = 300;
const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "localhost"]);
const DEMO_FOLDER = "demo";

/** Process of the demo services. */
export type DemoProgram = Pick<Parameters<typeof beginDemo>[1], "file" | "standby">;

export async function runDevnet(
  asked: DevnetSettings,
  program: DemoProgram | undefined,
  io: ServiceIo,
): Promise<void> {
  const settings = { ...asked, nodes: Math.max(asked.nodes, asked.validators) };
  const accounts = developmentAccounts(settings.accounts, settings.mnemonic);
  const { isCluster, folder, dataDir } = placeOf(settings);
  const step = stepsOf(settings, program !== undefined, io);
  step("chain");
  const stored = { dataDir, storeKind: "lmdb" } as const;
  const { chain, fork, shards } = await openDevnetChain(settings, stored, io);
  const network = isCluster ? await openClusterNetwork(dataDir, { chain, shards }, io) : undefined;
  await openFinality(developmentValidator(0, dataDir), chain, network?.voteOutbox ?? silentOutbox, io);
  const workers = await openWorkers(chain, io);
  const { privateKeys } = accounts;
  const followed = await shards.open(chain, { ...hostsOf(settings, privateKeys, isCluster), ...stored });
  const { builder, engines, checks } = followed;
  const producer = await openProducer(productionOf(settings, chain), 1, { chain, workers, builder }, io);
  const development = { privateKeys, producer, commands: commandsOf(settings, { chain, producer, fork }) };
  step("index");
  const index = await openIndex(stored, chain, io);
  const guard = await openDevnetGuard(io);
  const cost = await openNodeCost(settings, { dataDir }, io);
  const listening = { ...listeningOf(settings, io), guard, usage: callUsage(cost.meter) };
  const isReady = () => network?.isReady() ?? true;
  const mining = await openMining(undefined, { chain: { ...chain, builder }, isReady, workers }, io);
  step("rpc");
  const access = network === undefined ? { roles: ROLES } : { network, roles: [...ROLES, "admin"] as const };
  const rpc = await openRpc(
    { ...listening, ...access, development, forked: fork?.forked, dataDir, mining, index, engines },
    chain,
    io,
  );
  followed.serveCalls(rpc.call);
  const chainId = Number(chain.view.parameters.chainId);
  const demo = program && (await demoOf(settings, { folder, rpc: rpc.url, chainId }, program, io));
  step("console");
  const node = { chain, network, index, fork, shards: checks };
  const service = await openService(
    { host: "127.0.0.1", port: settings.httpPort, isOpen: true, guard, cost },
    { node, rpc: { url: rpc.url, hosts: listening.hosts }, demo },
    { ...io, metrics: followed.withMetrics(io.metrics) },
  );
  producer.start();
  if (isCluster) step("nodes");
  const nodes = network && (await startNodes(clusterOf(settings, folder, network), io));
  if (demo !== undefined) step("demo services");
  const reserves = await demo?.ready();
  io.lifecycle.serving();
  step(undefined);
  await releaseStartMemory(io);

  const ready: ReadyFacts = {
    rpc: rpc.url,
    ws: rpc.url.replace(/^http/, "ws"),
    http: service.url,
    chainId,
    dataDir: folder ?? null,
    ...shardFacts(rpc.url, followed),
    ...(network === undefined ? {} : { p2p: p2pOf(network) }),
    ...(nodes === undefined ? {} : { nodes }),
    ...(reserves === undefined ? {} : { reserves: { ...reserves, url: `${service.url}/v1` } }),
    ...arbitrageFacts(settings, service.url, demo),
  };
  io.stdout.write(settings.json ? readyLine(ready) : tableOf(settings, ready, accounts, chain));
  if (!settings.json && !isCluster) await startPrinting(chain, io);
}

function placeOf(settings: DevnetSettings) {
  const isCluster = settings.nodes > 1;
  const folder = settings.ephemeral ? undefined : clusterFolder(settings);
  return { isCluster, folder, dataDir: isCluster ? folder && join(folder, "node-1") : folder };
}

interface DevnetChain {
  readonly chain: Chain;
  readonly fork?: Fork & OpenedFork;
  readonly shards: NodeShards;
}

async function openDevnetChain(
  settings: DevnetSettings,
  stored: { readonly dataDir: string | undefined; readonly storeKind: "lmdb" },
  io: ServiceIo,
): Promise<DevnetChain> {
  const forking = await forkOf(settings, stored.dataDir, io);
  const network = networkOf(settings.nodes > 1 ? "local" : "dev", {
    ...settings,
    chainId: settings.chainId === "auto" ? undefined : settings.chainId,
    fork: forking?.genesis,
  });
  const { folder, isCluster } = placeOf(settings);
  // After a fork's node has answered: without it, the old data stays.
  if (settings.reset && folder !== undefined) await forgetAll(folder, isCluster);
  const shards = nodeShards(network, allShards(network), io);
  const { parameters, ports: shardPorts } = shards;
  const fork = forking?.open(parameters.genesis.accounts.map(({ address }) => address));
  const chain = await openChain(
    {
      ...{ parameters, ...stored, isArchive: true, isDurable: false, fork },
      ...(shardPorts === undefined ? {} : { shardPorts }),
    },
    io,
  );
  if (forking === undefined) return { chain, shards };
  const intake = readAhead(chain.intake, chain.view);
  return { chain: { ...chain, intake }, fork: { ...forking, ...fork! }, shards };
}

async function openClusterNetwork(
  dataDir: string | undefined,
  { chain, shards }: DevnetChain,
  io: ServiceIo,
): Promise<Network> {
  const settings = { ...CLUSTER_NETWORK, awaitsPeer: false, dataDir };
  const network = await openNetwork(settings, chain, io, shards.services);
  shards.connect(network);
  return network;
}

function productionOf(settings: DevnetSettings, { view }: Chain) {
  const streams = view.parameters.streams.map((_, stream) => stream);
  return { pace: paceOf(settings), miner: MINER, streams, extra: new Uint8Array(0) };
}

async function startPrinting({ view }: Chain, { lifecycle, stdout }: ServiceIo): Promise<void> {
  const ofDemo = new Set([...DEMO_ACCOUNTS, ...MARKET_ACCOUNTS].map(({ address }) => address));
  const print = (lines: string) => void stdout.write(lines);
  await lifecycle.start(
    "transaction log",
    () => printTransactions({ chain: view, clock: systemClock, print }, ofDemo),
    (stop) => stop(),
  );
}

async function forkOf(
  { forkUrl: url, forkBlock: block, reset: isNew, ...genesis }: DevnetSettings,
  dataDir: string | undefined,
  io: ServiceIo,
): Promise<Fork | undefined> {
  if (!isNew) refuseOtherDirectory(url, dataDir);
  if (url === "") return undefined;
  const funded = genesisAccounts(genesis).map(({ address }) => address);
  return openFork({ url, block, dataDir, isNew }, funded, io);
}

/** The genesis of a directory is above a fork, or not. */
function refuseOtherDirectory(forkUrl: string, dataDir: string | undefined): void {
  if (dataDir === undefined) return;
  const known = readForkRecord(forkFile(dataDir));
  if (forkUrl === "" && known !== undefined) {
    throw platformErrors.CONFIG_INVALID_VALUE({
      reason: `the directory forks block ${known.number} of chain ${known.chainId}`,
      expected: "--fork-url, or --reset for a chain of its own",
      dataDir,
    });
  }
  if (forkUrl !== "" && known === undefined && existsSync(chainDirectory(dataDir))) {
    throw platformErrors.CONFIG_INVALID_VALUE({
      reason: "the directory has a chain that forks no other",
      expected: "--reset, or another --data-dir",
      dataDir,
    });
  }
}

/** Reports what is starting; undefined: nothing any more. */
function stepsOf(
  { nodes }: DevnetSettings,
  hasDemo: boolean,
  io: ServiceIo,
): (name: string | undefined) => void {
  const count = 4 + (nodes > 1 ? 1 : 0) + (hasDemo ? 1 : 0);
  const progress = createProgress({ task: "start", logMs: 0 }, { ...io, clock: systemClock });
  let done = 0;
  return (name) => (name === undefined ? progress.end() : progress.report(name, done++, count));
}

/** [RPC-28] */
function commandsOf(
  settings: DevnetSettings,
  { chain, producer, fork }: { chain: Chain; producer: Producer; fork: OpenedFork | undefined },
): DevCommands | string {
  const { control, view, pool } = chain;
  if (control === undefined)
    return "a devnet of several nodes or shards takes no commands: start it without --nodes and --shards";
  if (!LOOPBACK_HOSTS.has(settings.rpcHost))
    return "other machines can reach this devnet: start it without --rpc-host";
  control.allowsEqualTimes = settings.allowEqualTimes;
  const ports = { control, producer, view, pool, random: systemRandom };
  return createDevCommands(paceOf(settings), {
    ...ports,
    async readAhead(accounts, isOver) {
      if (fork === undefined) return;
      const state = view.stateAt(view.head().hash);
      await readOverridden(accounts, { state, reading: fork.reading }, isOver);
    },
  });
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
  program: DemoProgram,
  io: ServiceIo,
): Promise<Demo> {
  const { noReserves, arbitrage: market, tradeTime } = settings;
  const dataDir = folder && join(folder, DEMO_FOLDER);
  const operations = childOperations(settings, "demo");
  const options = { ...place, dataDir, hasReserves: !noReserves, market, tradeTime, operations };
  return beginDemo(options, program, io);
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

/** A devnet before may have had more nodes. */
async function forgetAll(folder: string, isCluster: boolean): Promise<void> {
  const isNode = (name: string): boolean => /^node-\d+$/.test(name);
  const nodes = isCluster && existsSync(folder) ? readdirSync(folder).filter(isNode) : [];
  const directories = isCluster ? nodes.map((name) => join(folder, name)) : [folder];
  await forgetChain(...directories);
  forgetDemo(join(folder, DEMO_FOLDER));
}

function paceOf(settings: DevnetSettings): ProducerPace {
  if (settings.nodes > 1) return { kind: "random", meanMs: nodeBlockTimeMs(settings) };
  if (settings.blockTime !== "instant") return { kind: "interval", intervalMs: settings.blockTime };
  return settings.shards > 1
    ? { kind: "interval", intervalMs: shardsBlockTimeMs(settings) }
    : { kind: "instant", idleMs: IDLE_SECONDS * 1_000 };
}

function nodeBlockTimeMs({ blockTime, nodes, shards }: DevnetSettings): number {
  if (blockTime !== "instant") return blockTime * nodes;
  return shards > 1 ? shardsBlockTimeMs({ shards, nodes }) * nodes : CLUSTER_BLOCK_TIME_MS;
}

function clusterOf(settings: DevnetSettings, dataDir: string | undefined, network: Network): ClusterOptions {
  return {
    count: settings.nodes - 1,
    bootstrap: network.nodeInfo().addresses[0]!,
    dataDir,
    miner: MINER,
    blockTimeMs: nodeBlockTimeMs(settings),
    accounts: settings.accounts,
    gasLimit: settings.gasLimit,
    validators: settings.validators,
    shards: settings.shards,
    operations: (number) => childOperations(settings, `node-${number}`),
  };
}

function tableOf(
  settings: DevnetSettings,
  ready: ReadyFacts,
  accounts: DevelopmentAccounts,
  chain: Chain,
): string {
  const pace = paceOf(settings);
  const own = pace.kind === "interval" ? pace.intervalMs : settings.blockTime;
  const blockTime = settings.nodes > 1 ? nodeBlockTimeMs(settings) / settings.nodes : own;
  return readyTable({
    ...ready,
    blockTime,
    mnemonic: settings.mnemonic,
    accounts: shownAccounts(accounts, chain),
  });
}

function shownAccounts({ funded, privateKeys }: DevelopmentAccounts, { view }: Chain): ReadyAccount[] {
  const state = view.stateAt(view.head().hash);
  return funded.map(({ address }, index) => ({
    address: checksumAddress(hexToBytes(address)),
    privateKey: bytesToHex(privateKeys[index]!),
    balance: state.account(address)?.balance ?? 0n,
  }));
}
