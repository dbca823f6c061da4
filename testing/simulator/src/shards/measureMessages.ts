import { deliveryOutcome, sentMessage } from "@trellis/contracts";
import { type ChainBlock, type ChainView, encodeCrossLink, main, messageId } from "@trellis/protocol";
import { simulatorErrors } from "../errors.ts";
import { chooseShardSwarm } from "./chooseShardSwarm.ts";
import { ShardCluster } from "./ShardCluster.ts";

export interface MessageMeasurement {
  readonly shards: number;
  /** All follow and validate all shards. */
  readonly machines: number;
  readonly seconds: number;
}

export interface MessageFigures {
  /** Calls that were delivered, and sent after the first checkpoints. */
  readonly messages: number;
  /** From the block that sends a message to the block that delivers it, in mean intervals between a shard's blocks. */
  readonly deliveryIntervals: { readonly p50: number; readonly p99: number };
  readonly crossLinkBytes: number;
  /** Of shard 0. */
  readonly crossLinksPerBlock: number;
  readonly crossLinkBytesPerBlock: number;
}

const SEED = 1;
const BLOCKS_PER_SECOND = 2;
const MESSAGES_PER_SECOND = 4;
const CALM_MS = 30_000;
/** Checkpoint of each shard after which messages count: validators observe before they sign. [FINAL-12] */
const WARM_UP = 2;

/** In virtual time, with the production code, and the votes of the main network. */
export async function measureMessages({
  shards,
  machines,
  seconds,
}: MessageMeasurement): Promise<MessageFigures> {
  const swarm = chooseShardSwarm({ seed: SEED, shards, nodes: machines, faults: [] });
  const cluster = new ShardCluster({
    ...swarm,
    follows: swarm.follows.map(() => Array.from({ length: shards }, (_, shard) => shard)),
    ...{ latency: "local", bytesPerMs: 100_000, isTight: false, floodShare: 0 },
    blocksPerSecond: BLOCKS_PER_SECOND,
    transactionsPerSecond: 1,
    messagesPerSecond: MESSAGES_PER_SECOND,
    queues: { queueMax: 1_024, lifetimeSeconds: 600 },
    voting: { ...swarm.voting!, parameters: main.votes },
  });
  cluster.begin(seconds * 1_000);
  await cluster.until(seconds * 1_000 + CALM_MS);
  const { failure, views } = cluster;
  if (failure !== undefined || views === undefined)
    throw simulatorErrors.MEASUREMENT_FAILED({
      check: failure?.check ?? "all shards are up",
      height: 0,
      expected: 0,
    });
  const lags = lagsOf(views, warmMsOf(cluster)).sort((a, b) => a - b);
  const at = (part: number): number => lags[Math.floor((lags.length - 1) * part)] ?? 0;
  const inIntervals = (ms: number): number => Math.round((ms * BLOCKS_PER_SECOND) / 10) / 100;
  return {
    messages: lags.length,
    deliveryIntervals: { p50: inIntervals(at(0.5)), p99: inIntervals(at(0.99)) },
    ...crossLinksOf(views[0]!),
  };
}

function warmMsOf({ shards }: ShardCluster): number {
  const checkpoints = shards.map(({ nodes: [node] }) => {
    const { finality, view } = node!.chain!;
    return view.header(finality.certificate(WARM_UP)!.value)!.timestampMs;
  });
  return Math.max(...checkpoints);
}

/** In ms. Refunds are not counted. */
function lagsOf(views: readonly ChainView[], sinceMs: number): number[] {
  const blocks = views.map(blocksOf);
  const sentMs = new Map<string, number>();
  for (const { header, deliveries = [], transactions } of blocks.flat())
    for (const { receipt } of [...deliveries, ...transactions])
      for (const message of receipt.logs.flatMap((log) => sentMessage(log) ?? []))
        sentMs.set(messageId(message), header.timestampMs);
  return blocks
    .flat()
    .flatMap(({ header, deliveries = [] }) =>
      deliveries
        .filter(({ receipt }) => deliveryOutcome(receipt.logs) !== "credited")
        .map(({ message }) => ({ fromMs: sentMs.get(messageId(message))!, toMs: header.timestampMs })),
    )
    .filter((way) => way.fromMs >= sinceMs)
    .map((way) => way.toMs - way.fromMs);
}

function crossLinksOf(zero: ChainView) {
  const blocks = blocksOf(zero).flatMap(({ carriers }) => carriers.map((hash) => zero.block(hash)!));
  const links = blocks.flatMap(({ body }) => body.crossShard?.crossLinks ?? []);
  const bytes = links.reduce((sum, link) => sum + encodeCrossLink(link).length, 0);
  return {
    crossLinkBytes: Math.round(bytes / Math.max(1, links.length)),
    crossLinksPerBlock: Math.round((100 * links.length) / blocks.length) / 100,
    crossLinkBytesPerBlock: Math.round(bytes / blocks.length),
  };
}

function blocksOf(view: ChainView): ChainBlock[] {
  const { number } = view.head().header;
  return Array.from({ length: number }, (_, below) => view.blockByNumber(below + 1)!);
}
