import { sim } from "@trellis/protocol";
import { expect, it } from "vitest";
import { COIN } from "../node/coin.ts";
import { MergeMiners } from "./MergeMiners.ts";

const MINING_MS = 45_000;
const CALM_MS = 12_000;

it("BLOCK-4.3, SHARD-3: shards run beside each other, and one nonce seals blocks of several", async () => {
  const miners = new MergeMiners({ seed: 4, shards: 3, machines: 2, blocksPerSecond: 2 });
  const { shards } = miners;
  miners.begin(1, MINING_MS);
  await miners.until(10_000);
  // A stopped shard stops no other.
  await shards[1]!.nodes[0]!.crash(false);
  await miners.until(20_000);
  expect(shards[1]!.nodes[0]!.isDown).toBe(true);
  shards[1]!.nodes[0]!.start();
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
  const [first, ...others] = shards.map(({ nodes }) => nodes[0]!.chain!.view);
  for (const view of others) {
    const { hash, number } = view.head().header.anchor!;
    expect(number).toBeGreaterThan(0);
    expect(first!.hashByNumber(number)).toBe(hash);
  }
  const chainIds = shards.map(({ nodes }) => nodes[0]!.chain!.view.parameters.chainId);
  expect(new Set(chainIds).size).toBe(shards.length);
  // Fewer while a node is down, and where targets have moved apart.
  expect(miners.sealed.get(3)).toBeGreaterThan(40);
  expect(miners.sealed.get(2)).toBeGreaterThan(0);
});

it("a simulation of shards is the same for the same seed", async () => {
  const digestOf = async (seed: number) => {
    const miners = new MergeMiners({ seed, shards: 2, machines: 2, blocksPerSecond: 2 });
    miners.begin(1, 5_000);
    await miners.until(8_000);
    return miners.shards.map(({ nodes }) => nodes[0]!.chain!.view.head().hash);
  };
  const first = await digestOf(5);
  expect(await digestOf(5)).toEqual(first);
  expect(await digestOf(6)).not.toEqual(first);
});

it("SHARD-10, SHARD-16: validators certify all shards, and each message is delivered or refunded once", async () => {
  const votes = { ...sim.votes, depth: 2, interval: 2 };
  const voting = {
    stakes: [1_000n * COIN, 1_000n * COIN],
    isOverThird: false,
    epochBlocks: 20,
    parameters: votes,
    punishesAbsence: false,
  };
  const miners = new MergeMiners({ seed: 4, shards: 2, machines: 2, blocksPerSecond: 2, voting });
  miners.begin(1, 2 * MINING_MS);
  miners.sendMessages(2, MINING_MS);
  await miners.until(2 * MINING_MS + CALM_MS);
  expect(miners.failure).toBeUndefined();
  const { messages } = miners;
  expect(messages.fault(true)).toBeUndefined();
  expect(messages.counts.delivered).toBeGreaterThan(40);
  expect(messages.counts.refunded).toBeGreaterThan(5);
  for (const { nodes, checks, votes: heights } of miners.shards) {
    expect(checks.difference(nodes, true)).toBeUndefined();
    expect(heights!.heightOf(nodes)).toBeGreaterThan(5);
    expect(nodes[0]!.chain!.view.finalized().header.number).toBeGreaterThan(5);
  }
});
