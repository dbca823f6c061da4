import { readInbox, readOutbox } from "@trellis/contracts";
import type { Transaction } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { COIN } from "../chain/testing/testNetwork.ts";
import { recipientOf, ShardChains, STRANGERS, shardedNetwork } from "./testing/ShardChains.ts";

const [STRANGER, OTHER] = STRANGERS as [`0x${string}`, `0x${string}`];
const QUEUE_MAX = 8;
const HOUR_MS = 3_600_000;
const HOURS = 3;

const timeOf = (shards: ShardChains): number => shards.chains[0]!.view.head().header.timestampMs;
const statuses = (shards: ShardChains, shard: number): number[] =>
  shards.chains[shard]!.view.head().transactions.map(({ receipt }) => receipt.status);

function audited(shards: ShardChains): bigint {
  const { inFlight, ...report } = shards.audit();
  expect(report).toMatchObject({ faults: [], unclaimed: 0n, destroyed: 0n });
  return inFlight;
}

describe("SHARD-9.1: a shard that stops for hours", () => {
  /** Shards 0 and 1 fill the queues to shard 2, which has stopped, and send to each other every hour. */
  async function stop(lifetimeSeconds: number): Promise<ShardChains> {
    const shards = await ShardChains.open(shardedNetwork(3, { queueMax: QUEUE_MAX, lifetimeSeconds }));
    await shards.round();
    const toStopped = (from: number): Transaction => shards.send(from, 2, { to: STRANGER, value: COIN });
    for (const from of [0, 1]) {
      await shards.mine(from, { transactions: Array.from({ length: QUEUE_MAX + 1 }, () => toStopped(from)) });
      expect(statuses(shards, from)).toEqual([...new Array(QUEUE_MAX).fill(1), 0]);
    }
    for (let hour = 1; hour <= HOURS; hour++) {
      const timestampMs = timeOf(shards) + HOUR_MS;
      for (const [from, to] of [
        [0, 1],
        [1, 0],
      ] as const) {
        const own = shards.send(from, to, { to: OTHER, value: 1n });
        await shards.mine(from, { transactions: [own, toStopped(from)], timestampMs });
        expect(statuses(shards, from), "QueueFull").toEqual([1, 0]);
      }
      for (let round = 0; round < 2; round++) await shards.round([0, 1]);
      for (const to of [0, 1]) expect(shards.balance(to, OTHER)).toBe(BigInt(hour));
      expect(audited(shards)).toBe(BigInt(2 * QUEUE_MAX) * COIN);
    }
    return shards;
  }

  it("stops no other shard; afterwards all its messages arrive, in order, and its queues open", async () => {
    const shards = await stop(7 * 24 * 3_600);
    await shards.mine(2, { timestampMs: timeOf(shards) });
    const delivered = shards.deliveries(2).map(({ message }) => message);
    for (const source of [0, 1]) {
      const indices = delivered.filter((each) => each.source === source).map(({ index }) => index);
      expect(indices).toEqual(Array.from({ length: QUEUE_MAX }, (_, index) => index));
    }
    expect(shards.balance(2, STRANGER)).toBe(BigInt(2 * QUEUE_MAX) * COIN);
    expect(audited(shards)).toBe(0n);
    await shards.round();
    await shards.mine(1, { transactions: [shards.send(1, 2, { to: STRANGER, value: COIN })] });
    expect(statuses(shards, 1)).toEqual([1]);
    expect(shards.faults).toEqual([]);
  });

  it("expired messages return their coins", async () => {
    const shards = await stop(3_600);
    await shards.mine(2, { timestampMs: timeOf(shards) });
    expect(shards.deliveries(2).map(({ receipt }) => receipt.status)).toEqual(
      new Array(2 * QUEUE_MAX).fill(0),
    );
    expect(shards.balance(2, STRANGER)).toBe(0n);
    expect(audited(shards)).toBe(BigInt(2 * QUEUE_MAX) * COIN);
    for (let round = 0; round < 2; round++) await shards.round();
    for (const shard of [0, 1]) {
      const { view } = shards.chains[shard]!;
      expect(readInbox(view.stateAt(view.head().hash), 2)).toMatchObject({
        next: QUEUE_MAX,
        value: BigInt(QUEUE_MAX) * COIN,
      });
    }
    expect(audited(shards)).toBe(0n);
    expect(shards.faults).toEqual([]);
  });
});

it.each([
  { change: "lowers", gasLimit: 5_000_000n },
  { change: "raises", gasLimit: 60_000_000n },
])(
  "SHARD-14.5: governance $change the gas limit while a queue is full: all arrive, in order",
  async ({ gasLimit }) => {
    const shards = await ShardChains.open(shardedNetwork(2, { gasLimit, queueMax: QUEUE_MAX }));
    await shards.finalize();
    await shards.mine(1);
    const send = (): Transaction =>
      shards.send(0, 1, { to: recipientOf("counter"), gasLimit: 800_000n, value: 1n });
    for (let count = 0; count < QUEUE_MAX; count++) await shards.mine(0, { transactions: [send()] });
    await shards.mine(0, { transactions: [send()] });
    expect(statuses(shards, 0)).toEqual([0]);
    await shards.finalize();
    const indices: number[] = [];
    for (let block = 0; indices.length < QUEUE_MAX; block++) {
      expect(block).toBeLessThan(QUEUE_MAX);
      await shards.mine(1);
      indices.push(...shards.deliveries(1).map(({ message }) => message.index));
    }
    expect(indices).toEqual(Array.from({ length: QUEUE_MAX }, (_, index) => index));
    expect(shards.chains[1]!.view.head().gasLimit).toBe(gasLimit);
    expect(audited(shards)).toBe(0n);
    await shards.round();
    const { view } = shards.chains[0]!;
    expect(readOutbox(view.stateAt(view.head().hash), 1)).toMatchObject({ sent: 8, acknowledged: 8 });
    await shards.mine(0, { transactions: [send()] });
    expect(statuses(shards, 0)).toEqual([1]);
    expect(shards.faults).toEqual([]);
  },
);

it("SHARD-12.3: a block with more messages than two fifths of its gas permit is disqualified", async () => {
  const shards = await ShardChains.open(shardedNetwork(3));
  const sending = { to: STRANGER, gasLimit: 700_000n };
  for (let block = 0; block < 3; block++)
    await shards.mine(1, { transactions: Array.from({ length: 6 }, () => shards.send(1, 2, sending)) });
  await shards.finalize(shards.link(1));
  const good = await shards.builders[2]!.mine({ isKept: false });
  const record = shards.anchors.stateOf(shards.anchors.newest()!.hash)!.records[1]!;
  const outbox = shards.outboxes.open(1, record, { destination: 2, next: 0 })!;
  const { batches } = good.body.crossShard!;
  const carry = (count: number) => batches.map((batch) => (batch.source === 1 ? outbox.prove(count) : batch));
  // Each has 891,000 gas; 12,000,000 is the bound.
  for (const [count, fault] of [
    [14, "too much gas for messages"],
    [13, undefined],
  ] as const) {
    const block = await shards.builders[2]!.mine({ batches: carry(count), isKept: false });
    await shards.chains[2]!.take(block);
    expect(shards.chains[2]!.view.dagBlock(block.hash)!.isDisqualified).toBe(fault !== undefined);
    expect(shards.faults.at(-1)).toBe(fault ?? "too much gas for messages");
  }
});
