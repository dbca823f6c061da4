import { expect, it } from "vitest";
import { COIN } from "../node/coin.ts";
import { minerAddress } from "../node/SimNetwork.ts";
import { chooseShardSwarm } from "./chooseShardSwarm.ts";
import { ShardCluster } from "./ShardCluster.ts";

const MINING_MS = 45_000;
const CALM_MS = 12_000;

it("BLOCK-4.3, SHARD-3: shards run beside each other, and one nonce seals blocks of several", async () => {
  const swarm = chooseShardSwarm({ seed: 4, shards: 3, nodes: 2, faults: [] });
  const rates = { blocksPerSecond: 2, transactionsPerSecond: 1, messagesPerSecond: 0 };
  const miners = new ShardCluster({ ...swarm, ...rates, voting: undefined });
  const { shards } = miners;
  miners.begin(MINING_MS);
  await miners.until(10_000);
  // A stopped shard stops no other.
  await shards[1]!.nodes[0]!.crash(false);
  await miners.until(20_000);
  expect(shards[1]!.nodes[0]!.isDown).toBe(true);
  shards[1]!.nodes[0]!.start();
  await miners.until(MINING_MS);
  miners.endMining();
  await miners.until(MINING_MS + CALM_MS);
  expect(miners.failure).toBeUndefined();

  for (const [shard, { nodes, checks, load }] of shards.entries()) {
    expect(checks.difference(nodes, true)).toBeUndefined();
    const { view } = nodes[0]!.chain!;
    const head = view.head();
    expect(head.header.shard).toBe(shard);
    expect(head.header.number).toBeGreaterThan(15);
    expect(load.sentCount).toBeGreaterThan(load.refusedCount);
    const blocks = view.dagRange(1, Number.MAX_SAFE_INTEGER, 1_000);
    const branches = blocks.map(({ hash }) => view.dagBlock(hash)!.header.seal.branch.length);
    expect(Math.max(...branches)).toBe(shard === 1 ? 1 : 2);
  }
  const [first, ...others] = miners.views!;
  for (const view of others) {
    const { hash, number } = view.head().header.anchor!;
    expect(number).toBeGreaterThan(0);
    expect(first!.hashByNumber(number)).toBe(hash);
  }
  const chainIds = miners.views!.map(({ parameters }) => parameters.chainId);
  expect(new Set(chainIds).size).toBe(shards.length);
  // Fewer while a node is down, and where targets have moved apart.
  expect(miners.sealed.get(3)).toBeGreaterThan(40);
  expect(miners.sealed.get(2)).toBeGreaterThan(0);
});

it("SHARD-21: a machine mines with messages of a shard that it does not follow", async () => {
  const swarm = chooseShardSwarm({ seed: 1, shards: 3, nodes: 2, faults: [] });
  const rates = { blocksPerSecond: 1.5, transactionsPerSecond: 0, messagesPerSecond: 4, floodShare: 0 };
  const cluster = new ShardCluster({
    ...swarm,
    ...rates,
    follows: [
      [0, 1, 2],
      [0, 1],
    ],
    voting: { ...swarm.voting!, stakes: [1_000n * COIN, 0n] },
  });
  cluster.begin(25_000);
  await cluster.until(30_000);
  expect(cluster.failure).toBeUndefined();
  const view = cluster.views![1]!;
  const sources = view
    .dagRange(1, Number.MAX_SAFE_INTEGER, 1_000)
    .filter(({ header }) => header.miner === minerAddress(1))
    .flatMap(({ hash }) => view.block(hash)!.body.crossShard!.batches)
    .filter(({ messages }) => messages.length > 0)
    .map(({ source }) => source);
  expect(sources).toContain(2);
});
