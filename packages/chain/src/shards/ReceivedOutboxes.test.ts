import { parametersOfShard } from "@trellis/protocol";
import { expect, it } from "vitest";
import { createTestChain, type TestChain } from "../chain/testing/testChain.ts";
import { createRealEvm } from "../finality/testing/stakedNetwork.ts";
import { localOutboxes } from "./localOutboxes.ts";
import { ReceivedOutboxes } from "./ReceivedOutboxes.ts";
import { ShardChains, STRANGERS, shardedNetwork } from "./testing/ShardChains.ts";

const STRANGER = STRANGERS[0]!;
const QUEUE_MAX = 64;

/** A chain of shard 2 whose node follows no other shard but 0, and has a peer that follows all. */
async function openBlind(shards: ShardChains) {
  const local = localOutboxes((shard) => shards.chains[shard]!.view, QUEUE_MAX);
  const asked: string[] = [];
  let isServed = true;
  const outboxes: ReceivedOutboxes = new ReceivedOutboxes({
    destination: 2,
    queueMax: QUEUE_MAX,
    want: (request) => {
      asked.push(`${request.source} from ${request.first}`);
      const range = isServed ? local.rangeOf({ ...request, countMax: 3 }) : undefined;
      if (range !== undefined) outboxes.take(request, range);
    },
  });
  const parameters = parametersOfShard(shards.network, 2);
  const chain = await createTestChain({
    parameters,
    shard: 2,
    ports: { evm: createRealEvm(), anchors: shards.anchors, outboxes },
  });
  const serve = (is: boolean): void => {
    isServed = is;
  };
  return { chain, asked, serve };
}

const headOf = ({ view }: TestChain) => view.head();
const delivered = (chain: TestChain): (bigint | undefined)[] =>
  (headOf(chain).deliveries ?? []).map(({ message }) => message.value);

it("SHARD-20: blocks carry messages that a peer has sent, and name the newest anchor with all data", async () => {
  const shards = await ShardChains.open(shardedNetwork(3));
  const { chain, asked, serve } = await openBlind(shards);
  const send = (value: bigint) => shards.send(1, 2, { to: STRANGER, value });
  await shards.mine(1, { transactions: [1n, 2n].map(send) });
  await shards.finalize(shards.link(1));
  serve(false);
  await chain.mine();
  expect([headOf(chain).header.anchor!.number, delivered(chain)]).toEqual([0, []]);
  serve(true);
  // The first template lacks the data, and asks for it; the second has it.
  await chain.mine();
  expect(delivered(chain)).toEqual([]);
  await chain.mine();
  expect(delivered(chain)).toEqual([1n, 2n]);
  expect(headOf(chain).header.anchor!.number).toBe(1);
  expect(new Set(asked)).toEqual(new Set(["0 from 0", "1 from 0"]));

  await shards.mine(1, { transactions: [3n, 4n, 5n, 6n, 7n].map(send) });
  await shards.finalize(shards.link(1));
  const values: (bigint | undefined)[] = [];
  for (let block = 0; block < 4; block++) {
    await chain.mine();
    values.push(...delivered(chain));
  }
  expect(values).toEqual([3n, 4n, 5n, 6n, 7n]);
  // The first range is truncated.
  expect(asked).toEqual(expect.arrayContaining(["1 from 2", "1 from 5"]));
  expect(shards.faults).toEqual([]);
});

it("SHARD-20: a node serves only states of its final chain, and messages whose heads are in the ring", async () => {
  const shards = await ShardChains.open(shardedNetwork(3, { queueMax: 2 }));
  const local = localOutboxes((shard) => shards.chains[shard]?.view, 2);
  const sent = await shards.mine(1, {
    transactions: [1n, 2n].map((value) => shards.send(1, 2, { to: STRANGER, value })),
  });
  const request = { source: 1, destination: 2, block: sent.hash, first: 0, countMax: 256 };
  expect(local.rangeOf(request)!.messages.map(({ index }) => index)).toEqual([0, 1]);
  expect(local.rangeOf({ ...request, first: 1 })!.messages.map(({ index }) => index)).toEqual([1]);
  expect(local.rangeOf({ ...request, first: 9 })!.messages).toEqual([]);
  expect(local.rangeOf({ ...request, source: 7 })).toBeUndefined();
  const beside = await shards.builders[1]!.mine({ parents: [shards.builders[1]!.blocks[0]!], isKept: false });
  await shards.chains[1]!.take(beside);
  expect(local.rangeOf({ ...request, block: beside.hash })).toBeUndefined();
  for (let round = 0; round < 3; round++) {
    await shards.round();
    await shards.round();
    const transactions = [1n, 2n].map((value) => shards.send(1, 2, { to: STRANGER, value }));
    await shards.mine(1, { transactions });
  }
  const { hash } = shards.chains[1]!.view.head();
  expect(local.rangeOf({ ...request, block: hash, first: 1 })).toBeUndefined();
  expect(local.rangeOf({ ...request, block: hash, first: 6 })!.messages).toHaveLength(2);
});
