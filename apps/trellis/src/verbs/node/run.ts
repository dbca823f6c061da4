import { bytesToHex } from "@trellis/base";
import type { Chain } from "@trellis/chain";
import type { IndexView } from "@trellis/indexer";
import type { Producer, ProducerPace, Workers } from "@trellis/mining";
import type { Network } from "@trellis/network";
import { isLoopbackHost } from "@trellis/platform/admission";
import type { LiveSettings } from "@trellis/platform/config";
import { type Guard, type Listening, requireSafeListeners } from "@trellis/platform/guard";
import type { ServicePort } from "@trellis/platform/http";
import { endWithParent } from "@trellis/platform/lifecycle";
import { openTls, type RuntimeControl, type ServiceIo } from "@trellis/platform/service";
import type { FinalityStatus, Hash, StreamParameters } from "@trellis/protocol";
import { DEFAULT_RPC_OPTIONS, type RpcOptions, type RpcServer } from "@trellis/rpc";
import { p2pOf, type ReadyFacts, readyLine } from "../../cli/readyLine.ts";
import { networkOf } from "../../node/networkOf.ts";
import { openChain } from "../../node/openChain.ts";
import { type NodeFinality, openFinality } from "../../node/openFinality.ts";
import { openIndex } from "../../node/openIndex.ts";
import { type Mining, openMining } from "../../node/openMining.ts";
import { openNetwork, withAddresses } from "../../node/openNetwork.ts";
import { callUsage, openNodeCost } from "../../node/openNodeCost.ts";
import { openNodeGuard } from "../../node/openNodeGuard.ts";
import { openNodeNotifier } from "../../node/openNodeNotifier.ts";
import { openProducer } from "../../node/openProducer.ts";
import { openRpc } from "../../node/openRpc.ts";
import { openService } from "../../node/openService.ts";
import { openWorkers } from "../../node/openWorkers.ts";
import { reportSync } from "../../node/reportSync.ts";
import { startWhenReady } from "../../node/startWhenReady.ts";
import { nodeShards, type OpenedShards } from "../../shards/openShards.ts";
import { shardFacts } from "../../shards/shardFacts.ts";
import { followedOf, hostsOf } from "./hostsOf.ts";
import { openSettings } from "./openSettings.ts";
import type { NodeSettings, RpcRole } from "./settings.ts";
import { validatorSource } from "./validatorSource.ts";

const CPU_ALGORITHM = "memory";
/** Mean block time of streams with low difficulty. */
const EASY_BLOCK_TIME_MS = 1_000;
/** On other networks, the operator enables additional roles. [RPC-3] */
const LOCAL_ROLES: readonly RpcRole[] = ["public", "debug", "mining", "admin"];
const PUBLIC_ROLES: readonly RpcRole[] = ["public"];

interface OpenedNode {
  readonly dataDir: string | undefined;
  readonly chain: Chain;
  readonly network: Network;
  readonly index: IndexView | undefined;
  readonly workers: Workers;
  readonly followed: OpenedShards;
}

interface OpenedApis {
  readonly rpc: RpcServer;
  readonly service: ServicePort;
  readonly mining: Mining | undefined;
}

interface MiningAccess {
  readonly guard: Guard;
  readonly roles: RpcOptions["roles"];
}

export async function run(
  given: NodeSettings,
  io: ServiceIo,
  live: LiveSettings<NodeSettings>,
): Promise<void> {
  const isLocal = given.network === "local";
  const dataDir = given.ephemeral ? undefined : given.dataDir;
  requireSafe(given);
  live.onReload((latest) => {
    requireSafe(latest);
    return () => undefined;
  });
  const runtimeSettings = await openSettings(dataDir, live, io);
  const settings = await withAddresses(live.current());
  const sharded = networkOf(settings.network, { ...settings, shards: settings.shardCount });
  const shards = nodeShards(sharded, followedOf(settings, sharded), io);
  const { parameters, ports: shardPorts } = shards;
  endWithParent();
  const validators = await validatorSource(settings, dataDir, io);

  const chain = await openChain(
    {
      parameters,
      dataDir,
      storeKind: settings.store,
      isArchive: settings.archive,
      isDurable: !isLocal,
      mempool: settings,
      live,
      ...(shardPorts === undefined ? {} : { shardPorts }),
    },
    io,
  );
  const network = await openNetwork(
    { ...settings, dataDir, checkpoint: checkpointOf(settings), awaitsPeer: !isLocal, live },
    chain,
    io,
    shards.services,
  );
  shards.connect(network);
  await reportSync(network, io);
  const finality = await openFinality(validators, chain, network.voteOutbox, io);
  live.onReload(() => prepareKeys(finality, io), "signal");
  const [publicKey] = finality.publicKeys.map(bytesToHex);
  if (publicKey !== undefined) tellValidator(publicKey, chain.finality.status(), io);
  const index = settings.index
    ? await openIndex({ dataDir, storeKind: settings.store }, chain, io)
    : undefined;
  const workers = await openWorkers(chain, io);
  const followed = await shards.open(chain, { ...hostsOf(settings, rpcOf(settings)), dataDir, live });
  const opened = { dataDir, chain, network, index, workers, followed };
  const { rpc, service, mining } = await openApis(settings, opened, runtimeSettings, { ...io, live });
  if (settings.miner !== "") await startWhenReady(await openMiner(settings, opened, io), network, io);
  io.lifecycle.serving();

  const ready: ReadyFacts = {
    rpc: rpc.url,
    ws: rpc.url.replace(/^http/, "ws"),
    http: service.url,
    chainId: Number(parameters.chainId),
    dataDir: dataDir ?? null,
    p2p: p2pOf(network),
    ...shardFacts(rpc.url, followed),
    ...(mining?.stratum === undefined ? {} : { stratum: mining.stratum.address }),
    ...(publicKey === undefined ? {} : { validator: publicKey }),
  };
  io.stdout.write(settings.json ? readyLine(ready) : readyText(settings.network, ready));
}

async function openApis(
  settings: NodeSettings,
  { dataDir, chain, network, index, workers, followed }: OpenedNode,
  runtimeSettings: RuntimeControl,
  io: ServiceIo & { readonly live: LiveSettings<NodeSettings> },
): Promise<OpenedApis> {
  const { live } = io;
  const isLocal = settings.network === "local";
  const listening = rpcOf(settings);
  const names = settings.trustedProxies.length > 0 ? [] : settings.rpcHosts.filter((name) => name !== "*");
  const tls = await openTls(settings, { names, live }, io);
  const guard = await openNodeGuard(settings, { isPublic: !isLocal, live }, io);
  const notifier = await openNodeNotifier({ ...settings, dataDir }, { chain, network }, io);
  const cost = await openNodeCost(settings, { dataDir, live, notifier }, io);
  const usage = callUsage(cost.meter);
  const { engines, builder, checks } = followed;
  const mining = await openMiningFor(
    settings,
    { chain: { ...chain, builder }, network, workers, guard, roles: listening.roles },
    io,
  );
  const rpc = await openRpc(
    { ...listening, dataDir, mining, network, index, guard, usage, tls, engines },
    chain,
    io,
  );
  followed.serveCalls(rpc.call);
  const { httpHost: host, httpPort: port, trustedProxies } = settings;
  const isOpen = isLocal && isLoopbackHost(host);
  const service = await openService(
    { host, port, isOpen, guard, cost, trustedProxies, tls, runtimeSettings },
    { node: { chain, network, index, shards: checks }, rpc: { url: rpc.url, hosts: listening.hosts } },
    { ...io, metrics: followed.withMetrics(io.metrics) },
  );
  return { rpc, service, mining };
}

/** Undefined: neither the role nor Stratum is enabled. */
function openMiningFor(
  settings: NodeSettings,
  { chain, network, workers, guard, roles }: Pick<OpenedNode, "chain" | "network" | "workers"> & MiningAccess,
  io: ServiceIo,
): Promise<Mining> | undefined {
  const { stratum, stratumHost: host, stratumPort: port, stratumDifficulty } = settings;
  if (!stratum && !roles.includes("mining")) return undefined;
  const difficulty = stratumDifficulty === "auto" ? undefined : stratumDifficulty;
  const listening = stratum ? { host, port, difficulty, guard } : undefined;
  return openMining(listening, { chain, isReady: () => network.isReady(), workers }, io);
}

function openMiner(
  { miner, minerThreads, blockTime }: NodeSettings,
  { chain, workers, followed }: Pick<OpenedNode, "chain" | "workers" | "followed">,
  io: ServiceIo,
): Promise<Producer> {
  const { streams } = chain.view.parameters;
  const mining = {
    pace: paceOf(blockTime, streams),
    miner: miner.toLowerCase() as `0x${string}`,
    streams: minedStreams(streams),
    extra: new Uint8Array(0),
  };
  return openProducer(mining, minerThreads, { chain, workers, builder: followed.builder }, io);
}

function tellValidator(publicKey: string, { self, epoch }: FinalityStatus, { log }: ServiceIo): void {
  const validator = log.child("validator");
  if (self !== undefined) validator.info("validator.active", { publicKey, epoch, index: self });
  else
    validator.info("validator.pending", {
      publicKey,
      epoch,
      message: "The key is in no validator set yet. The node votes once it is.",
    });
}

/** A reload never removes keys. */
async function prepareKeys(finality: NodeFinality, { log }: ServiceIo): Promise<() => void> {
  const apply = await finality.prepare();
  return () => {
    apply();
    const keys = finality.publicKeys.map(bytesToHex);
    if (keys.length === 0) return;
    log.child("validator").info("keys.loaded", { count: keys.length, publicKeys: keys.join(" ") });
  };
}

function rpcOf({
  network,
  rpcHost: host,
  rpcPort: port,
  rpcRoles,
  rpcOrigins: origins,
  rpcHosts,
}: NodeSettings): Pick<RpcOptions, "host" | "port" | "roles" | "origins" | "hosts"> {
  const usual = network === "local" ? LOCAL_ROLES : PUBLIC_ROLES;
  const roles = rpcRoles.length === 0 ? usual : rpcRoles;
  return { host, port, roles, origins, hosts: [...DEFAULT_RPC_OPTIONS.hosts, ...rpcHosts] };
}

function requireSafe(settings: NodeSettings): void {
  if (settings.network !== "local") requireSafeListeners(listeningOf(settings));
}

function listeningOf(settings: NodeSettings): Listening {
  const { rpcHost, httpHost, stratum, stratumHost, tlsCertificate, insecureHttp, limitPerAddress } = settings;
  const tls = tlsCertificate !== "";
  return {
    listeners: [
      { setting: "rpcHost", host: rpcHost, tls },
      { setting: "httpHost", host: httpHost, tls },
      ...(stratum ? [{ setting: "stratumHost", host: stratumHost, tls: undefined }] : []),
    ],
    isInsecureAllowed: insecureHttp,
    limitPerAddress,
  };
}

function checkpointOf({ checkpoint }: NodeSettings): Hash | undefined {
  return checkpoint === "" ? undefined : (checkpoint.toLowerCase() as Hash);
}

function isEasy({ difficulty }: StreamParameters): boolean {
  return difficulty === "fixed";
}

function paceOf(blockTime: NodeSettings["blockTime"], streams: readonly StreamParameters[]): ProducerPace {
  if (blockTime !== "found") return { kind: "random", meanMs: blockTime };
  if (streams.some(isEasy)) return { kind: "random", meanMs: EASY_BLOCK_TIME_MS };
  return { kind: "continuous", dutyCycle: 1 };
}

function minedStreams(streams: readonly StreamParameters[]): number[] {
  return streams.flatMap((stream, index) =>
    isEasy(stream) || stream.algorithm === CPU_ALGORITHM ? [index] : [],
  );
}

function readyText(network: string, ready: ReadyFacts): string {
  const { rpc, http, dataDir, p2p, stratum, validator, shards = [] } = ready;
  return [
    "",
    `  Trellis ${network} node: RPC ${rpc}, service ${http}, data ${dataDir ?? "in memory only"}`,
    ...(p2p?.addresses ?? []).map((address) => `    ${address}`),
    ...shards.map(({ shard, rpc: url }) => `  Shard ${shard}: RPC ${url}`),
    ...(stratum === undefined ? [] : [`  Stratum ${stratum}`]),
    ...(validator === undefined ? [] : [`  Validator ${validator}: votes once it is in a validator set`]),
    "",
    "",
  ].join("\n");
}
