import type { Chain, ChainPorts } from "@trellis/chain";
import { createWorkVerifier, mergeBuilders } from "@trellis/mining";
import type { Network } from "@trellis/network";
import type { LiveSettings } from "@trellis/platform/config";
import type { HealthCheck } from "@trellis/platform/http";
import type { PrometheusMetrics } from "@trellis/platform/metrics";
import type { ServiceIo } from "@trellis/platform/service";
import { systemClock } from "@trellis/platform/system";
import { type BlockBuilder, type NetworkParameters, parametersOfShard, shardCount } from "@trellis/protocol";
import { type RemoteEngine, type ShardPeers, unpackError } from "@trellis/rpc";
import { shardDirectory } from "../node/dataDirectory.ts";
import type { MempoolSettings } from "../node/mempoolSettings.ts";
import type { NetworkSettings } from "../node/networkSettings.ts";
import type { SharedServices } from "../node/openNetwork.ts";
import { HostNetworks } from "./HostNetworks.ts";
import { mergeMetrics } from "./mergeMetrics.ts";
import type { HostFacts, HostHealth, HostOptions } from "./messages.ts";
import { ShardHost } from "./ShardHost.ts";
import { ShardHub } from "./ShardHub.ts";
import { networkOfShard } from "./shardNetwork.ts";
import { writeLine } from "./threadLog.ts";

export interface FollowedShard extends HostFacts {
  readonly shard: number;
}

export interface OpenedShards {
  /** Above 0. */
  readonly others: readonly FollowedShard[];
  readonly engines: ReadonlyMap<number, RemoteEngine>;
  /** Of blocks of all followed shards. */
  readonly builder: BlockBuilder;
  /** Of the shards to each other. */
  serveCalls(call: ShardPeers["askShard"]): void;
  /** With those of the other shards. */
  withMetrics(own: PrometheusMetrics): PrometheusMetrics;
  /** Of the other shards. */
  readonly checks: ReadonlyMap<number, HealthCheck>;
}

export interface NodeShards {
  /** Of shard 0's chain. */
  readonly parameters: NetworkParameters;
  readonly ports: Pick<ChainPorts, "crossLinks" | "outboxes"> | undefined;
  /** For shard 0's network. */
  readonly services: SharedServices;
  connect(network: Pick<Network, "requestOutbox">): void;
  /** After shard 0's chain. */
  open(chain: Chain, options: SharedOptions): Promise<OpenedShards>;
}

export type SharedOptions = Omit<
  HostOptions,
  "shard" | "parameters" | "directory" | "followed" | "answers" | "answered" | "isVerbose"
> & {
  readonly dataDir: string | undefined;
  /** Default: an empty chain of shard 0 starts from genesis. */
  readonly startsFromState?: boolean;
  readonly live?: Pick<LiveSettings<NetworkSettings & MempoolSettings>, "onReload">;
};

type Io = Pick<ServiceIo, "lifecycle" | "log" | "metrics">;

/** The shards of one node: shard 0 in this thread, each other followed one in its own. */
export function nodeShards(network: NetworkParameters, followed: readonly number[], io: Io): NodeShards {
  const parameters = parametersOfShard(network, 0);
  const { sharding } = parameters;
  if (sharding === undefined)
    return {
      ...{ parameters, ports: undefined, services: {}, connect: () => undefined },
      open: async (chain) => alone(chain),
    };
  const onFault = (error: Error): void => io.lifecycle.fail("supply audit", error);
  const hub = new ShardHub({ ...sharding, log: io.log.child("shards"), metrics: io.metrics, onFault });
  const networks = new HostNetworks(followed, systemClock);
  return {
    parameters,
    ports: hub.ports,
    services: { outboxes: hub, shards: networks },
    connect: (peers) => hub.connect(peers),
    async open(chain, { dataDir, live, startsFromState = false, ...shared }) {
      if (startsFromState) await untilStarted(chain, io);
      await io.lifecycle.start(
        "shard hub",
        () => hub.follow(chain),
        (stop) => stop(),
      );
      const { p2p, mempool } = shared;
      if (p2p !== undefined) networks.follow({ ...p2p, mempool }, live);
      const options = followed
        .filter((shard) => shard > 0)
        .map((shard) => ({
          ...shared,
          followed,
          shard,
          parameters: parametersOfShard(network, shard),
          directory: dataDir && shardDirectory(dataDir, shard),
          p2p: p2p && networkOfShard(p2p, shard),
        }));
      return openHosts(options, chain, { hub, networks }, io);
    },
  };
}

/** States of other shards name anchors that shard 0 knows only from its own state on. [SYNC-STATE-7] */
async function untilStarted({ view }: Chain, { lifecycle, log }: Io): Promise<void> {
  const isStarted = (): boolean => view.head().header.number > 0;
  if (isStarted()) return;
  log.info("shards.waiting", { message: "The other shards start once shard 0 has a state." });
  const started = Promise.withResolvers<void>();
  lifecycle.signal.addEventListener("abort", () => started.resolve(), { once: true });
  const stop = view.subscribe(() => isStarted() && started.resolve());
  await started.promise;
  stop();
}

function alone({ builder }: Chain): OpenedShards {
  return {
    ...{ others: [], engines: new Map(), builder, checks: new Map() },
    serveCalls: () => undefined,
    withMetrics: (own) => own,
  };
}

/** Every shard of a network. */
export function allShards(network: NetworkParameters): number[] {
  return Array.from({ length: shardCount(network) }, (_, shard) => shard);
}

async function openHosts(
  options: readonly Omit<HostOptions, "answers" | "answered" | "isVerbose">[],
  chain: Chain,
  ports: Pick<HostPorts, "hub" | "networks">,
  io: Io,
): Promise<OpenedShards> {
  const { hub, networks } = ports;
  let call: ShardPeers["askShard"] | undefined;
  // Hosts call each other only for requests, which come through the server.
  const calls: HostPorts["calls"] = { call: (...asked) => call!(...asked) };
  const hosts = await io.lifecycle.start(
    "shards",
    () => options.map((each) => startHost(each, { ...ports, calls }, io)),
    async (opened) => {
      await Promise.all(opened.map((host) => host.stop()));
    },
  );
  const others = await Promise.all(
    hosts.map(async (host) => {
      hub.add(host);
      const facts = await host.open(() => hub.newest());
      networks.add(host);
      return { ...facts, shard: host.shard };
    }),
  );
  const builders = new Map([
    [0, chain.builder],
    ...hosts.map(({ shard, builder }) => [shard, builder] as const),
  ]);
  // The other shards do not wait for one that syncs.
  const isReady = (shard: number): boolean => shard === 0 || networks.healthOf(shard)?.isReady === true;
  const mining = {
    work: createWorkVerifier({ workers: 0 }),
    log: io.log.child("mining"),
    subscribe: hub.onChange,
    isReady,
  };
  return {
    others,
    engines: new Map(hosts.map(({ shard, engine }) => [shard, engine])),
    builder: mergeBuilders(chain.view.parameters.streams, builders, mining),
    serveCalls: (served) => {
      call = served;
    },
    withMetrics: (own) => ({
      ...own,
      async render() {
        const texts = hosts.map(async ({ shard, peer }) => [shard, await peer.ask("metrics")] as const);
        return mergeMetrics(new Map([[0, await own.render()], ...(await Promise.all(texts))]));
      },
    }),
    checks: new Map(hosts.map(({ shard }) => [shard, () => judgementOf(networks.healthOf(shard))])),
  };
}

function judgementOf(health: HostHealth | undefined): ReturnType<HealthCheck> {
  if (health === undefined) return "it has not opened yet";
  const { reasons, warnings } = health;
  const textOf = (parts: Readonly<Record<string, string>>) =>
    Object.entries(parts)
      .map(([part, text]) => `${part}: ${text}`)
      .join("; ");
  if (Object.keys(reasons).length > 0) return textOf(reasons);
  return Object.keys(warnings).length > 0 ? { warning: textOf(warnings) } : undefined;
}

interface HostPorts {
  readonly hub: ShardHub;
  readonly networks: HostNetworks;
  readonly calls: { readonly call: ShardPeers["askShard"] };
}

function startHost(
  options: Omit<HostOptions, "answers" | "answered" | "isVerbose">,
  { hub, networks, calls }: HostPorts,
  { lifecycle, log }: Io,
): ShardHost {
  const { shard } = options;
  const { level, byModule } = log.levels();
  return new ShardHost(
    { ...options, isVerbose: [level, ...Object.values(byModule)].includes("debug") },
    {
      onEnded: (error) => lifecycle.fail(`shard ${shard}`, error),
      answer: (question) => hub.answer(question),
      calls: {
        ...calls,
        crossLinks: (links) => hub.keepCrossLinks(shard, links),
        changed: () => hub.changed(),
        evidence: (evidence) => hub.reportEvidence(evidence),
        want: (request) => hub.want(request),
        totals: (totals) => hub.audit(totals),
        log: (line) => writeLine(log, line, shard),
        health: (health) => networks.keepHealth(shard, health),
        failed: (service, error) =>
          lifecycle.fail(`${service} of shard ${shard}`, unpackError(error) as Error),
      },
    },
  );
}
