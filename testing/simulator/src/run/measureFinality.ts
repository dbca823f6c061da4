import { createWire } from "@trellis/network";
import { sim } from "@trellis/protocol";
import { simulatorErrors } from "../errors.ts";
import { COIN } from "../node/coin.ts";
import type { SimNode } from "../node/SimNode.ts";
import type { Voting } from "../votes/chooseVoting.ts";
import { Cluster } from "./Cluster.ts";
import type { Swarm } from "./chooseSwarm.ts";

export interface FinalityFigures {
  readonly validators: number;
  readonly checkpoints: number;
  readonly messagesPerCheckpoint: number;
  readonly bytesPerCheckpoint: number;
  readonly messagesPerCheckpointAndNode: number;
  readonly bytesPerCheckpointAndNode: number;
  /** Time in ms from when a head can be proposed until it is final. */
  readonly lagMs: Lag;
  /** `lagMs` in mean block intervals. */
  readonly lagIntervals: Lag;
}

interface Lag {
  readonly p50: number;
  readonly p99: number;
}

export interface FinalityMeasurement {
  readonly validators: number;
  readonly checkpoints: number;
  /** Between any two nodes; default: as on one machine. */
  readonly latencyMs?: number;
  readonly giveUpMs?: number;
}

const SEED = 1;
const BLOCKS_PER_SECOND = 2;
/** Depth and interval of checkpoints, in blocks. Small, because every node imports each block. */
const SPACING = 4;
const WARM_UP = 2;
const STEP_MS = 250;
const GIVE_UP_MS = 600_000;

export async function measureFinality({
  validators,
  checkpoints,
  latencyMs,
  giveUpMs = GIVE_UP_MS,
}: FinalityMeasurement): Promise<FinalityFigures> {
  const cluster = new Cluster(swarmOf(validators, latencyMs ?? "local"));
  const watches = new FinalityTimes(cluster);
  cluster.begin();
  await untilFinal(cluster, WARM_UP, giveUpMs);
  const [first, before] = [heightOf(cluster), trafficOf(cluster)];
  watches.begin();
  await untilFinal(cluster, first + checkpoints, giveUpMs);
  const [last, after] = [heightOf(cluster), trafficOf(cluster)];
  const count = last - first;
  const messages = Math.round((after.messages - before.messages) / count);
  const bytes = Math.round((after.bytes - before.bytes) / count);
  const lagMs = watches.figures();
  return {
    validators,
    checkpoints: count,
    messagesPerCheckpoint: messages,
    bytesPerCheckpoint: bytes,
    messagesPerCheckpointAndNode: Math.round(messages / validators),
    bytesPerCheckpointAndNode: Math.round(bytes / validators),
    lagMs,
    lagIntervals: { p50: inIntervals(lagMs.p50), p99: inIntervals(lagMs.p99) },
  };
}

function inIntervals(ms: number): number {
  return Math.round((ms * BLOCKS_PER_SECOND) / 10) / 100;
}

class FinalityTimes {
  readonly #cluster: Cluster;
  readonly #lags: number[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  begin(): void {
    for (const node of this.#cluster.nodes) this.#watch(node);
  }

  figures(): Lag {
    const sorted = this.#lags.toSorted((a, b) => a - b);
    const at = (part: number): number => Math.round(sorted[Math.floor((sorted.length - 1) * part)] ?? 0);
    return { p50: at(0.5), p99: at(0.99) };
  }

  #watch({ chain }: SimNode): void {
    const { world, parameters } = this.#cluster;
    const heads: { readonly blueScore: number; readonly atMs: number }[] = [];
    chain!.view.subscribe((event) => {
      if (event.kind === "added") {
        const { blueScore } = event.block.header;
        if (blueScore > (heads.at(-1)?.blueScore ?? 0)) heads.push({ blueScore, atMs: world.nowMs });
      }
      if (event.kind !== "finalized") return;
      const { blueScore } = chain!.view.finalized().header;
      const eligible = blueScore + parameters.votes.depth;
      const head = heads.find((each) => each.blueScore >= eligible);
      if (head !== undefined && heads[0]!.blueScore < eligible) this.#lags.push(world.nowMs - head.atMs);
    });
  }
}

async function untilFinal(cluster: Cluster, height: number, giveUpMs: number): Promise<void> {
  const { world, checks } = cluster;
  while (heightOf(cluster) < height) {
    await cluster.until(world.nowMs + STEP_MS);
    if (checks.failure !== undefined || world.nowMs > giveUpMs) {
      const { check = "checkpoints come" } = checks.failure ?? {};
      throw simulatorErrors.MEASUREMENT_FAILED({ check, height: heightOf(cluster), expected: height });
    }
  }
}

function heightOf({ nodes }: Cluster): number {
  return Math.min(...nodes.map(({ chain, isUp }) => (isUp ? chain!.finality.status().finalized.height : 0)));
}

function trafficOf({ internet, parameters }: Cluster): {
  readonly messages: number;
  readonly bytes: number;
} {
  const { topics, protocols } = createWire(parameters);
  const { id } = protocols.certificates;
  const counted = [topics.finality.id, `request ${id}`, `answer ${id}`].map(
    (label) => internet.traffic.get(label) ?? { messages: 0, bytes: 0 },
  );
  return {
    messages: counted.reduce((sum, { messages }) => sum + messages, 0),
    bytes: counted.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

function swarmOf(validators: number, latency: Swarm["latency"]): Swarm {
  const all = <T>(value: T): T[] => Array.from({ length: validators }, () => value);
  const voting: Voting = {
    stakes: all(1_000n * COIN),
    isOverThird: false,
    epochBlocks: 20,
    parameters: { ...sim.votes, depth: SPACING, interval: SPACING },
    punishesAbsence: false,
  };
  return {
    seed: SEED,
    nodes: validators,
    byzantine: 0,
    durationS: 0,
    faults: new Set(),
    latency,
    bytesPerMs: 100_000,
    blocksPerSecond: BLOCKS_PER_SECOND,
    transactionsPerSecond: 0,
    hashShares: all(1),
    workMs: 0,
    intensity: 0,
    hasDurableDisks: true,
    archives: all(false),
    lateS: undefined,
    isLateBySnapshot: false,
    isTight: false,
    outboundTarget: 8,
    voting,
    plant: undefined,
  };
}
