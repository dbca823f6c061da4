import { plantedGateway } from "../faults/plantedGateway.ts";
import type { SimulationOptions } from "../run/chooseSwarm.ts";
import type { SimulationResult } from "../run/SimulationResult.ts";
import { NOBODY } from "../world/World.ts";
import { chooseShardSwarm } from "./chooseShardSwarm.ts";
import { ShardCluster, type SimShard } from "./ShardCluster.ts";

const CALM_MS = 5_000;
/** Includes the longest stall. [SHARD-12.4] */
const CALM_MS_MAX = 240_000;
const CALM_STEP_MS = 1_000;
const AGREEMENT_MS = 30_000;

export async function runShards(
  options: SimulationOptions & { readonly shards: number },
): Promise<Omit<SimulationResult, "wallMs">> {
  const swarm = { ...chooseShardSwarm(options), gatewayCode: await plantedGateway(options.plant) };
  const cluster = new ShardCluster(swarm);
  const first = cluster.shards[0]!;
  const onRejection = (error: unknown): void =>
    first.checks.fail("a promise is rejected and nobody is there", NOBODY, {
      error: error instanceof Error ? error.stack : error,
    });
  process.on("unhandledRejection", onRejection);
  try {
    await runPhases(cluster, swarm.durationS * 1_000);
  } finally {
    process.off("unhandledRejection", onRejection);
  }
  return resultOf(cluster, swarm);
}

async function runPhases(cluster: ShardCluster, faultsEndMs: number): Promise<void> {
  const { world, faults } = cluster;
  cluster.begin(faultsEndMs);
  faults.run();
  await cluster.until(faultsEndMs);
  faults.end();
  cluster.endLies();
  await cluster.until(faultsEndMs + CALM_MS);
  await waitUntilNothing(cluster, faultsEndMs + CALM_MS_MAX, () => missing(cluster, faultsEndMs));
  cluster.endMining();
  await waitUntilNothing(cluster, world.nowMs + AGREEMENT_MS, () => difference(cluster));
  if (cluster.failure !== undefined) return;
  for (const { honest, checks } of cluster.shards) for (const node of honest) checks.checkDisk(node);
}

async function waitUntilNothing(
  cluster: ShardCluster,
  untilMs: number,
  find: () => string | undefined,
): Promise<void> {
  while (cluster.failure === undefined) {
    const found = find();
    if (found === undefined) return;
    if (cluster.world.nowMs >= untilMs) cluster.shards[0]!.checks.liveness(found);
    await cluster.until(cluster.world.nowMs + CALM_STEP_MS);
  }
}

/** All messages are delivered and acknowledged, and blocks made after the faults are final in all shards. */
function missing(cluster: ShardCluster, fromMs: number): string | undefined {
  const { views } = cluster;
  if (views === undefined) return "a node of the first machine is down";
  const { timestampMs } = cluster.network.genesis;
  const late = views.findIndex((view) => view.finalized().header.timestampMs < timestampMs + fromMs);
  if (late >= 0) return `shard ${late} finalizes nothing`;
  const { honest } = cluster.shards[0]!;
  return (
    cluster.ledger.unfinished(views) ??
    cluster.shards.map(({ votes }) => votes?.unpunished(honest)).find((each) => each !== undefined)
  );
}

function difference({ shards }: ShardCluster): string | undefined {
  const found = shards.map(({ nodes, honest, checks }: SimShard) =>
    checks.difference(honest, honest.length === nodes.length),
  );
  const shard = found.findIndex((each) => each !== undefined);
  return shard < 0 ? undefined : `shard ${shard}: ${found[shard]}`;
}

function resultOf(
  cluster: ShardCluster,
  { seed, shards, follows, faults, voting, hasLiar }: ReturnType<typeof chooseShardSwarm>,
): Omit<SimulationResult, "wallMs"> {
  const { world, internet, failure, views } = cluster;
  const nodes = cluster.shards.flatMap((shard) => shard.nodes);
  const checks = cluster.shards.map((shard) => shard.checks);
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  const first = cluster.shards[0]!;
  const finality = cluster.nodeOf(0, 0)!.chain?.finality.status();
  return {
    ...{ seed, nodes: nodes.length, byzantine: hasLiar ? shards : 0, faults: [...faults] },
    blocks: sum(checks.map(({ oracle }) => oracle.size)),
    reds: sum(checks.map(({ redCount }) => redCount)),
    removed: sum(checks.map(({ reorganisations }) => reorganisations)),
    finalNumber: Math.min(...(views ?? []).map((view) => view.finalized().header.number)),
    validators: voting?.stakes.filter((wei) => wei > 0n).length ?? 0,
    checkpoints: finality?.finalized.height ?? 0,
    epochs: finality?.epoch ?? 0,
    punished: first.votes?.tombstoned(first.honest[0]!.chain!).length ?? 0,
    shards: {
      count: shards,
      machines: follows.length,
      lies: sum(checks.map(({ forbidden }) => forbidden.size)),
      falseAnchors: cluster.falseAnchorCount,
      ...(views && cluster.ledger.countsAt(views.map((view) => view.head().hash))),
    },
    transactions: sum(cluster.shards.map(({ load }) => load.sentCount - load.refusedCount)),
    crashes: sum(nodes.map(({ crashCount }) => crashCount)),
    offences: cluster.offenceCount,
    bans: cluster.banCount,
    lostBatches: sum(nodes.map(({ disk }) => disk.lostCount)),
    messages: internet.messageCount,
    bytes: internet.byteCount,
    events: world.eventCount,
    virtualS: world.nowMs / 1_000,
    digest: world.digest.value(),
    failure,
    trace: failure === undefined ? [] : world.trace.lines(),
  };
}
