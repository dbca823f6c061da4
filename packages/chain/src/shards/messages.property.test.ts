import { messageId } from "@trellis/protocol";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { recipientOf, ShardChains, STRANGERS, shardedNetwork } from "./testing/ShardChains.ts";

const RUNS = 3;
const SHARDS = 3;
const any = fc.nat(1_000);
const TARGETS = [
  STRANGERS[0]!,
  STRANGERS[1]!,
  ...(["counter", "reverter", "burner"] as const).map(recipientOf),
];
const command = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      source: any,
      hop: any,
      to: fc.constantFrom(...TARGETS),
      value: fc.constantFrom(0n, 1n, 10n ** 18n),
      gasLimit: fc.constantFrom(0n, 60_000n, 700_000n),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("record" as const), source: any }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("mine" as const), shard: any }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("fork" as const), shard: any }) },
);

/** By pair: ids of delivered messages on the selected chains. */
function deliveredIn({ chains }: ShardChains): Map<string, string[]> {
  const delivered = new Map<string, string[]>();
  for (const { view } of chains) {
    for (let number = 1; number <= view.head().header.number; number++) {
      for (const { message } of view.blockByNumber(number)!.deliveries ?? []) {
        const pair = `${message.source}>${message.destination}`;
        const ids = delivered.get(pair) ?? [];
        expect(message.index).toBe(ids.length);
        delivered.set(pair, [...ids, messageId(message)]);
      }
    }
  }
  return delivered;
}

it("SHARD-13, SHARD-17: any schedule of blocks delivers each message once, in order, and conserves value", async () => {
  let deliveredCount = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 10, maxLength: 25, size: "max" }), async (commands) => {
      const shards = await ShardChains.open(shardedNetwork(SHARDS));
      let value = 0n;
      for (const step of commands) {
        if (step.do === "send") {
          const source = step.source % SHARDS;
          const destination = (source + 1 + (step.hop % (SHARDS - 1))) % SHARDS;
          value += step.value;
          await shards.mine(source, { transactions: [shards.send(source, destination, step)] });
        } else if (step.do === "record") {
          const shard = 1 + (step.source % (SHARDS - 1));
          const isNew = shards.chains[shard]!.view.head().header.number > 0;
          await shards.finalize(...(isNew ? [shards.link(shard)] : []));
        } else if (step.do === "fork") {
          const shard = step.shard % SHARDS;
          const parents = [shards.builders[shard]!.blocks.at(-1)!];
          const sides = [await shards.mine(shard, { parents }), await shards.mine(shard, { parents })];
          await shards.mine(shard, { parents: sides });
        } else await shards.mine(step.shard % SHARDS);
        const { faults, unclaimed, destroyed, inFlight } = shards.audit();
        expect({ faults, unclaimed, destroyed }).toEqual({ faults: [], unclaimed: 0n, destroyed: 0n });
        expect(inFlight).toBeLessThanOrEqual(value);
        deliveredIn(shards);
      }
      for (let round = 0; round < 5; round++) await shards.round();
      expect(shards.audit().inFlight).toBe(0n);
      expect(shards.faults).toEqual([]);
      const ids = [...deliveredIn(shards).values()].flat();
      expect(new Set(ids).size).toBe(ids.length);
      deliveredCount += ids.length;
    }),
    { numRuns: RUNS },
  );
  expect(deliveredCount).toBeGreaterThan(RUNS);
});
