import { expect, it } from "vitest";
import { Cluster } from "./Cluster.ts";
import { chooseSwarm } from "./chooseSwarm.ts";

it.each([30, 43])(
  "who joins late where validators vote begins from a state that they keep: seed %i [SYNC-22]",
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
