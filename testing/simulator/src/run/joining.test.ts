import { expect, it } from "vitest";
import { minerAddress } from "../node/SimNetwork.ts";
import type { SimNode } from "../node/SimNode.ts";
import { Cluster } from "./Cluster.ts";
import { chooseSwarm } from "./chooseSwarm.ts";

it.each([30, 43])(
  "a late joiner in a network with validators starts from a state that they keep: seed %i [SYNC-22]",
  async (seed) => {
    const swarm = chooseSwarm({ seed, nodes: 4, durationS: 35, faults: [] });
    expect(swarm.voting).toMatchObject({ isOverThird: false });
    const cluster = new Cluster({ ...swarm, lateS: 30, isLateBySnapshot: true });
    await cluster.run();
    expect(cluster.checks.failure).toBeUndefined();
    const { view, finality } = cluster.honest.at(-1)!.chain!;
    expect(view.oldestNumber()).toBeGreaterThan(10);
    expect(finality.status().finalized.height).toBeGreaterThan(3);
  },
);

it("a node with an imported state is not penalized by one that was offline for longer and has no other peer [SYNC-28]", async () => {
  const swarm = chooseSwarm({ seed: 30, nodes: 4, durationS: 35, faults: [], validators: 0 });
  const cluster = new Cluster({ ...swarm, lateS: 110, isLateBySnapshot: true });
  const [first, away, third, late] = cluster.honest as [SimNode, SimNode, SimNode, SimNode];
  const numberOf = ({ chain }: SimNode): number => chain!.view.head().header.number;
  cluster.begin();
  cluster.load.run(swarm.transactionsPerSecond, 120_000);
  await cluster.until(10_000);
  const number = numberOf(away);
  await away.stop();
  await cluster.until(140_000);
  expect(late.chain!.exchange.oldest().number).toBeGreaterThan(number);
  for (const node of [first, third]) await node.crash(false);
  away.start();
  await cluster.until(160_000);
  expect(cluster.checks.failure).toBeUndefined();
  expect(away.transport!.peers).toHaveLength(1);
  expect(numberOf(late)).toBeGreaterThan(numberOf(away));
  for (const node of [first, third]) node.start();
  await cluster.until(205_000);
  expect(cluster.checks.failure).toBeUndefined();
  expect(away.chain!.exchange.has(late.chain!.exchange.oldest().hash)).toBe(true);
});

it.each([
  { seed: 30, difficulty: "fixed" },
  { seed: 43, difficulty: "window" },
])("a late joiner needs no archive: seed $seed [SYNC-26] [SYNC-32]", async ({ seed, difficulty }) => {
  const swarm = chooseSwarm({ seed, nodes: 4, durationS: 300, faults: [], validators: 0 });
  const cluster = new Cluster({
    ...swarm,
    isTight: true,
    blocksPerSecond: 3,
    archives: [false, false, false, false],
    lateS: 270,
    isLateBySnapshot: true,
  });
  expect(cluster.parameters.streams[0]!.difficulty).toBe(difficulty);
  await cluster.run();
  expect(cluster.checks.failure).toBeUndefined();
  const late = cluster.honest.at(-1)!;
  for (const { chain } of cluster.honest) expect(chain!.view.oldestNumber()).toBeGreaterThan(50);
  const mined = late
    .chain!.view.dagRange(0, 10_000, 10_000)
    .filter(({ header }) => header.miner === minerAddress(late.index));
  expect(mined.length).toBeGreaterThan(0);
});
