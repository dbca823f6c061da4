import { expect, it } from "vitest";
import { PAIRS, UNIT } from "../engine/testing/FakeMarket.ts";
import { openEngineBench } from "../engine/testing/openEngineBench.ts";
import { createMemoryQueue, type SharedJobs, type TradeQueue } from "./index.ts";

const GAP = [[PAIRS[0], [1_000n * UNIT, 1_100n * UNIT]]] as const;
const PROFIT = 997_439_185_835_187_298n;
const LEASE_MS = 5_000;

async function workers(
  count: number,
  change: (queue: TradeQueue, place: number) => TradeQueue = (queue) => queue,
) {
  const jobs: SharedJobs = new Map();
  const time = { nowMs: 0 };
  const benches = Array.from({ length: count }, (_, place) => {
    const queue = createMemoryQueue(
      { worker: `worker ${place}`, leaseMs: LEASE_MS },
      { nowMs: () => time.nowMs },
      jobs,
    );
    return openEngineBench({ queue: change(queue, place) });
  });
  for (const bench of benches) {
    await bench.engine.step();
    bench.profit = PROFIT;
    bench.market.mine(GAP);
  }
  return { benches, time };
}

it("QUEUE-1: of three workers that find one trade, one simulates and decides it", async () => {
  const { benches } = await workers(3);
  const reports = await Promise.all(benches.map(({ engine }) => engine.step()));
  expect(reports.map((report) => report?.found)).toEqual([1, 1, 1]);
  expect(reports.flatMap((report) => report?.trades ?? [])).toMatchObject([{ outcome: "recorded" }]);
  expect(benches.reduce((sum, { simulated }) => sum + simulated, 0)).toBe(1);
});

it("QUEUE-3: after a kill between claim and send another worker takes the trade while its block is the head", async () => {
  const killed = new TypeError("killed");
  const { benches, time } = await workers(2, (queue, place) =>
    place === 1
      ? queue
      : {
          ...queue,
          async claim(height) {
            if ((await queue.claim(height)) !== undefined) throw killed;
            return undefined;
          },
        },
  );
  const [first, second] = benches;
  await expect(first!.engine.step()).rejects.toBe(killed);
  expect((await second!.engine.step())?.trades).toEqual([]);
  expect(await second!.engine.step()).toBeUndefined();
  time.nowMs += LEASE_MS;
  expect((await second!.engine.step())?.trades).toMatchObject([{ outcome: "recorded" }]);
  expect(await second!.engine.step()).toBeUndefined();
});
