import fc from "fast-check";
import { expect, it } from "vitest";
import { addressOf, ShardNetwork, TARGETS } from "./testing/ShardNetwork.ts";
import { COIN, testNetwork } from "./testing/TestShard.ts";

const QUEUE_MAX = 3;
const LIFETIME_SECONDS = 100;
const RUNS = 40;
const COMMANDS_MAX = 80;

const any = fc.nat(1_000);
const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      source: any,
      hop: any,
      target: fc.constantFrom(...TARGETS),
      value: fc.constantFrom(0n, 1n, COIN),
      gasLimit: fc.constantFrom(0n, 30_000n, 600_000n),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("link" as const), source: any }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("block" as const), destination: any, max: fc.nat(3) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), shard: any, seconds: fc.nat(120) }) },
);
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never;

function run(network: ShardNetwork, step: Command): void {
  const count = network.shards.length;
  switch (step.do) {
    case "send": {
      const source = step.source % count;
      const destination = (source + 1 + (step.hop % (count - 1))) % count;
      const { value, gasLimit } = step;
      network.send(source, {
        destination,
        to: addressOf(step.target),
        value,
        gasLimit,
        data: new Uint8Array(4),
      });
      return;
    }
    case "link":
      network.link(step.source % count);
      return;
    case "block":
      network.block(step.destination % count, step.max);
      return;
    case "wait":
      network.shards[step.shard % count]!.timestamp += step.seconds;
  }
}

it("SHARD-9, SHARD-10, SHARD-11: any schedule delivers each message once, in order, and conserves value", () => {
  const outcomes = new Set<string>();
  let longestQueue = 0;
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 4 }),
      fc.array(command, { minLength: 10, maxLength: COMMANDS_MAX, size: "max" }),
      (count, commands) => {
        const network = new ShardNetwork(testNetwork(count, QUEUE_MAX, LIFETIME_SECONDS));
        for (const step of commands) {
          run(network, step);
          network.check();
        }
        // Liveness: refunds and replies end.
        for (let round = 0; network.undelivered > 0; round++) {
          expect(round).toBeLessThan(40);
          for (const { shard } of network.shards) network.link(shard);
          for (const { shard } of network.shards) network.block(shard, 10);
          network.check();
        }
        for (const outcome of network.outcomes.keys()) outcomes.add(outcome);
        longestQueue = Math.max(longestQueue, network.longestQueue);
      },
    ),
    { numRuns: RUNS },
  );
  expect([...outcomes].sort()).toEqual(["credited", "executed", "expired", "reverted"]);
  // Refunds exceed the limit of senders.
  expect(longestQueue).toBeGreaterThan(QUEUE_MAX);
});
