import type { Metrics } from "@trellis/base";
import { beforeEach, expect, it } from "vitest";
import { COIN } from "../chain/testing/testNetwork.ts";
import { measureMessages } from "./measureMessages.ts";
import { recipientOf, ShardChains, STRANGERS, shardedNetwork } from "./testing/ShardChains.ts";

const [to] = STRANGERS as [`0x${string}`];
let values: Map<string, number>;

function recordedMetrics(): Metrics {
  const record =
    (isSum: boolean) =>
    ({ name }: { readonly name: string }) => {
      const write = (value = 1, labels: object = {}) => {
        const key = [name.replace("trellis_shard_", ""), ...Object.values(labels)].join(" ");
        values.set(key, value + (isSum ? (values.get(key) ?? 0) : 0));
      };
      return { add: write, set: write, observe: write };
    };
  return { counter: record(true), gauge: record(false), histogram: record(false) };
}

beforeEach(() => {
  values = new Map();
});

it("counts messages by pair and outcome, and queues of the final state", async () => {
  const shards = await ShardChains.open(shardedNetwork(3));
  const metrics = recordedMetrics();
  for (const { view } of shards.chains) view.subscribe(measureMessages(metrics, view)!);
  const sending = { to: recipientOf("reverter"), value: COIN, gasLimit: 50_000n };
  const { header } = await shards.mine(1, {
    transactions: [shards.send(1, 2, sending), shards.send(1, 2, { to })],
  });
  await shards.finalize(shards.link(1));
  await shards.mine(1);
  expect(values.get("messages_waiting 2")).toBe(2);
  await shards.mine(2, { timestampMs: header.timestampMs + 9_000 });
  for (let round = 0; round < 4; round++) await shards.round();
  const read = (...keys: string[]) => keys.map((key) => values.get(key));
  expect(read("messages_sent_total 2", "messages_sent_total 1")).toEqual([2, 1]);
  expect(read("messages_delivered_total 1 reverted", "messages_delivered_total 1 executed")).toEqual([1, 1]);
  expect(read("messages_delivered_total 2 credited", "messages_waiting 2", "messages_due 1")).toEqual([
    1, 0, 0,
  ]);
  expect(values.get("delivery_seconds 1")).toBe(9);
  expect(values.has("delivery_seconds 2")).toBe(false);
});

it("does nothing with one shard", async () => {
  const { view } = (await ShardChains.open(shardedNetwork(2))).chains[0]!;
  const { sharding: _, ...parameters } = view.parameters;
  const alone = { parameters, head: () => view.head(), stateAt: (hash: `0x${string}`) => view.stateAt(hash) };
  expect(measureMessages(recordedMetrics(), alone)).toBeUndefined();
  expect(values.size).toBe(0);
});
