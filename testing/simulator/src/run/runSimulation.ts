import { runShards } from "../shards/runShards.ts";
import { Cluster } from "./Cluster.ts";
import { chooseSwarm, type SimulationOptions } from "./chooseSwarm.ts";
import type { SimulationResult } from "./SimulationResult.ts";

export async function runSimulation(options: SimulationOptions): Promise<SimulationResult> {
  const startMs = performance.now();
  const { shards = 1 } = options;
  const result = shards === 1 ? await runAlone(options) : await runShards({ ...options, shards });
  return { ...result, wallMs: performance.now() - startMs };
}

async function runAlone(options: SimulationOptions): Promise<Omit<SimulationResult, "wallMs">> {
  const swarm = chooseSwarm(options);
  const cluster = new Cluster(swarm);
  const { world, checks, internet, honest } = cluster;
  const onRejection = (error: unknown): void =>
    checks.fail("a promise is rejected and nobody is there", -1, {
      error: error instanceof Error ? error.stack : error,
    });
  process.on("unhandledRejection", onRejection);
  try {
    await cluster.run();
  } finally {
    process.off("unhandledRejection", onRejection);
  }
  const chain = honest.find((node) => node.chain !== undefined)?.chain;
  const view = chain?.view;
  return {
    seed: swarm.seed,
    nodes: swarm.nodes,
    byzantine: swarm.byzantine,
    faults: [...swarm.faults],
    blocks: checks.oracle.size,
    reds: checks.redCount,
    removed: checks.reorganisations,
    validators: swarm.voting?.stakes.filter((wei) => wei > 0n).length ?? 0,
    checkpoints: chain?.finality.status().finalized.height ?? 0,
    epochs: chain?.finality.status().epoch ?? 0,
    punished: (chain && cluster.votes?.tombstoned(chain).length) ?? 0,
    finalNumber: view?.finalized().header.number ?? 0,
    transactions: cluster.load.sentCount - cluster.load.refusedCount,
    offences: cluster.offenceCount,
    bans: cluster.banCount,
    crashes: cluster.faults.crashCount,
    lostBatches: honest.reduce((sum, { disk }) => sum + disk.lostCount, 0),
    messages: internet.messageCount,
    bytes: internet.byteCount,
    events: world.eventCount,
    virtualS: world.nowMs / 1_000,
    digest: world.digest.value(),
    failure: checks.failure,
    trace: checks.failure === undefined ? [] : world.trace.lines(),
  };
}
