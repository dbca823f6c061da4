import { expect, it } from "vitest";
import { synchronizeCall } from "../index.ts";
import { COIN, TestShard, testNetwork } from "./testing/TestShard.ts";

it("SHARD-9.1: send uses the same gas whatever waits below the limit, so that an estimate stays right", () => {
  const shard = new TestShard(testNetwork(3, 4, 100), 1);
  const from = `0x${"a1".repeat(20)}` as const;
  shard.state.setBalance(from, COIN);
  const send = (): bigint => shard.send(from, { destination: 2, to: from, value: 1n }).gasUsed;
  // The first message of a queue writes fresh slots.
  send();
  const counters = [
    { sent: 0, acknowledged: 0 },
    { sent: 0, acknowledged: 2 },
    { sent: 2, acknowledged: 3 },
    { sent: 3, acknowledged: 3 },
  ];
  const used = counters.map((each, height) => {
    shard.system(synchronizeCall({ source: 2, height: height + 1, ...each }));
    return send();
  });
  expect(new Set(used).size).toBe(1);
});
