import type { Chain, ChainPorts } from "@trellis/chain";
import { createWorkVerifier, mergeBuilders } from "@trellis/mining";
import type { PrometheusMetrics } from "@trellis/platform/metrics";
import type { ServiceIo } from "@trellis/platform/service";
import { type BlockBuilder, type NetworkParameters, parametersOfShard, shardCount } from "@trellis/protocol";
import { type RemoteEngine, type ShardPeers, unpackError } from "@trellis/rpc";
import { shardDirectory } from "../node/dataDirectory.ts";
import { mergeMetrics } from "./mergeMetrics.ts";
import type { HostFacts, HostOptions } from "./messages.ts";
import { ShardHost } from "./ShardHost.ts";
import { ShardHub } from "./ShardHub.ts";
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
  /** Why a shard's chain has stopped. Undefined with one shard. */
  readonly failure: (() => string | undefined) | undefined;
}

export interface NodeShards {
  /** Of shard 0's chain. */
  readonly parameters: NetworkParameters;
  readonly ports: Pick<ChainPorts, "crossLinks" | "outboxes"> | undefined;
  /** After shard 0's chain. */
  open(chain: Chain, options: SharedOptions): Promise<OpenedShards>;
}

type SharedOptions = Omit<
  HostOptions,
  "shard" | "parameters" | "directory" | "followed" | "answers" | "answered" | "isVerbose"
> & { readonly dataDir: string | undefined };

type Io = Pick<ServiceIo, "lifecycle" | "log" | "metrics">;

/** The shards of one node: shard 0 in this thread, each other followed one in its own. */
export function nodeShards(network: NetworkParameters, followed: readonly number[], io: Io): NodeShards {
  const parameters = parametersOfShard(network, 0);
  const { sharding } = parameters;
  if (sharding === undefined) return { parameters, ports: undefined, open: async (chain) => alone(chain) };
  const onFault = (error: Error): void => io.lifecycle.fail("supply audit", error);
  const hub = new ShardHub({ ...sharding, log: io.log.child("shards"), metrics: io.metrics, onFault });
  return {
    parameters,
    ports: hub.ports,
    async open(chain, { dataDir, ...shared }) {
      await io.lifecycle.start(
        "shard hub",
        () => hub.follow(chain),
        (stop) => stop(),
      );
      const options = followed
        .filter((shard) => shard > 0)
        .map((shard) => ({
          ...shared,
          followed,
          shard,
          parameters: parametersOfShard(network, shard),
          directory: dataDir && shardDirectory(dataDir, shard),
        }));
      return openHosts(options, chain, hub, io);
    },
  };
}

function alone({ builder }: Chain): OpenedShards {
  return {
    ...{ others: [], engines: new Map(), builder, failure: undefined },
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
  hub: ShardHub,
  io: Io,
): Promise<OpenedShards> {
  const failures = new Map<number, string | undefined>();
  let call: ShardPeers["askShard"] | undefined;
  // Hosts call each other only for requests, which come through the server.
  const calls: HostPorts["calls"] = { call: (...asked) => call!(...asked) };
  const hosts = await io.lifecycle.start(
    "shards",
    () => options.map((each) => startHost(each, { hub, failures, calls }, io)),
    async (opened) => {
      await Promise.all(opened.map((host) => host.stop()));
    },
  );
  const others = await Promise.all(
    hosts.map(async (host) => {
      hub.add(host);
      return { ...(await host.open(() => hub.newest())), shard: host.shard };
    }),
  );
  const builders = new Map([
    [0, chain.builder],
    ...hosts.map(({ shard, builder }) => [shard, builder] as const),
  ]);
  const ports = {
    work: createWorkVerifier({ workers: 0 }),
    log: io.log.child("mining"),
    subscribe: hub.onChange,
  };
  return {
    others,
    engines: new Map(hosts.map(({ shard, engine }) => [shard, engine])),
    builder: mergeBuilders(chain.view.parameters.streams, builders, ports),
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
    failure: () => {
      const [failed] = [...failures].filter(([, reason]) => reason !== undefined);
      return failed && `shard ${failed[0]}: ${failed[1]}`;
    },
  };
}

interface HostPorts {
  readonly hub: ShardHub;
  readonly failures: Map<number, string | undefined>;
  readonly calls: { readonly call: ShardPeers["askShard"] };
}

function startHost(
  options: Omit<HostOptions, "answers" | "answered" | "isVerbose">,
  { hub, failures, calls }: HostPorts,
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
        health: (failure) => void failures.set(shard, failure),
        failed: (service, error) =>
          lifecycle.fail(`${service} of shard ${shard}`, unpackError(error) as Error),
      },
    },
  );
}
