import { readOutbox } from "@trellis/contracts";
import { type Block, decodeMessage, type Hash, type Message } from "@trellis/protocol";
import { beforeEach, expect, it } from "vitest";
import { createTestChain } from "../chain/testing/testChain.ts";
import { createRealEvm } from "../finality/testing/stakedNetwork.ts";
import { verifyStore } from "../integrity/verifyStore.ts";
import { CHAIN_TABLES } from "../store/tables.ts";
import { localOutboxes } from "./localOutboxes.ts";
import { verifyMessageBatch } from "./outboxProof.ts";
import { ShardChains, STRANGERS, shardedNetwork } from "./testing/ShardChains.ts";

const STRANGER = STRANGERS[0]!;
const QUEUE_MAX = 64;
let shards: ShardChains;

beforeEach(async () => {
  shards = await ShardChains.open(shardedNetwork(3));
});

const send = (value: bigint, destination = 2) => shards.send(1, destination, { to: STRANGER, value });
const viewOf = (shard: number) => shards.chains[shard]!.view;

function stored(shard: number): Message[] {
  const { id } = CHAIN_TABLES.sentMessages;
  const { store } = shards.chains[shard]!;
  const rows = store.range({ from: Uint8Array.of(id), to: Uint8Array.of(id + 1) });
  return [...rows].map(([, row]) => decodeMessage(row.slice(0, -4)));
}

it("SHARD-23: messages of final blocks are kept until the final state has their acknowledgement", async () => {
  const valuesTo = (destination: number) =>
    stored(1).flatMap((message) => (message.destination === destination ? message.value : []));
  await shards.mine(1, { transactions: [send(1n), send(2n), send(5n, 0)] });
  expect(stored(1)).toEqual([]);
  for (let round = 0; round < 2; round++) await shards.round();
  expect(viewOf(1).finalized().header.number).toBeGreaterThan(0);
  await shards.mine(1, { transactions: [send(3n)] });
  for (let round = 0; round < 4; round++) {
    await shards.round();
    const { view } = shards.chains[1]!;
    const final = view.stateAt(view.finalized().hash);
    const outbox = readOutbox(final, 2);
    const expected = [1n, 2n, 3n].slice(outbox.acknowledged, outbox.sent);
    expect(valuesTo(2)).toEqual(expected);
    for (let index = 0; index < 3; index++) {
      const kept = view.keptMessage(2, index);
      expect(kept?.value).toBe(
        index < outbox.acknowledged || index >= outbox.sent ? undefined : BigInt(index + 1),
      );
    }
  }
  expect(stored(1)).toEqual([]);
  expect(shards.faults).toEqual([]);
});

it("SHARD-23: are delivered after a restart, and verifyStore finds those of another shard or place", async () => {
  await shards.mine(1, { transactions: [send(1n), send(2n)] });
  await shards.finalize(shards.link(1));
  // Names the record's anchor, so that the block becomes final.
  await shards.mine(1);
  const { store } = shards.chains[1]!;
  const kept = stored(1);
  expect(kept.map(({ value }) => value)).toEqual([1n, 2n]);
  expect(verifyStore(store).problems).toEqual([]);
  const source = await shards.chains[1]!.reopen();
  const local = localOutboxes((shard) => (shard === 1 ? source.view : viewOf(shard)), QUEUE_MAX);
  const parameters = viewOf(2).parameters;
  const ports = { evm: createRealEvm(), anchors: shards.anchors, outboxes: local };
  const chain = await createTestChain({ parameters, shard: 2, ports });
  await chain.mine();
  expect(chain.view.head().deliveries!.map(({ message }) => message)).toEqual(kept);
  const { id } = CHAIN_TABLES.sentMessages;
  const rows = [...store.range({ from: Uint8Array.of(id), to: Uint8Array.of(id + 1) })];
  await store.write([{ kind: "put", key: rows[0]![0], value: rows[1]![1] }]);
  expect(verifyStore(store).problems).toEqual([expect.stringMatching(/^sentMessages: the key is 0x/)]);
});

it("SHARD-20: after a reorganisation, a range has the messages of the new chain", async () => {
  const [genesis] = shards.builders[1]!.blocks as [Block];
  const left = await shards.mine(1, { parents: [genesis], transactions: [send(1n)] });
  const local = localOutboxes(viewOf, QUEUE_MAX);
  const valuesAt = (block: Hash) => {
    const range = local.rangeOf({ source: 1, destination: 2, block, first: 0, countMax: 8 });
    if (range === undefined) return undefined;
    const { stateRoot } = viewOf(1).header(block)!;
    const batch = { source: 1, ...range };
    expect(verifyMessageBatch(stateRoot, batch, { destination: 2, queueMax: QUEUE_MAX }).sent).toBe(1);
    return range.messages.map(({ value }) => value);
  };
  expect(valuesAt(left.hash)).toEqual([1n]);
  // With the same nonce.
  const rival = (await ShardChains.open(shards.network)).send(1, 2, { to: STRANGER, value: 7n });
  const right = await shards.mine(1, { parents: [genesis], transactions: [rival] });
  const next = await shards.mine(1, { parents: [right] });
  expect(viewOf(1).head().hash).toBe(next.hash);
  expect([valuesAt(left.hash), valuesAt(next.hash)]).toEqual([undefined, [7n]]);
});
