import { expect, it } from "vitest";
import { Cluster } from "../run/Cluster.ts";
import { chooseSwarm } from "../run/chooseSwarm.ts";

const BLOCKS_MAX = 40;

it("a stopped node leaves nothing that its disk would store for a later process", async () => {
  const cluster = new Cluster(chooseSwarm({ seed: 1, nodes: 2, validators: 0, faults: [] }));
  const { world, checks } = cluster;
  const node = cluster.honest[0]!;
  cluster.begin();
  await cluster.until(5_000);
  let isDown = false;
  void node.stop().then(() => {
    isDown = true;
  });
  for (let blocks = 0; blocks < BLOCKS_MAX && !isDown; blocks++) {
    void node.mine(0);
    await cluster.until(world.nowMs + 0.5);
  }
  while (!isDown && checks.failure === undefined) await cluster.until(world.nowMs + 10);
  const left = [...node.disk.content.range({})].length;
  for (let crashes = 0; crashes < 8; crashes++) await node.disk.crash(false);
  expect([...node.disk.content.range({})].length).toBe(left);
  expect(checks.failure).toBeUndefined();
});
