import { deliveredLog, FakeChainView, sentLog, testMessage } from "@trellis/kit/chainView";
import { deliveryHash, type Message, messageId, refundOf } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { openTestIndex, withLogs } from "./testing/openTestIndex.ts";

const PAGE = { countMax: 100 };
const OTHER = `0x${"0e".repeat(20)}` as const;

async function openShard(shard: number) {
  const chain = new FakeChainView({ shard, count: 3 });
  const { index } = await openTestIndex(chain);
  const send = async (...messages: readonly Message[]) => {
    const block = chain.add({ transactions: [withLogs(...messages.map(sentLog))] });
    await index.idle();
    return block;
  };
  return { chain, index, send };
}

describe("RPC-35: index of messages", () => {
  it("has sent messages by id, sender, recipient and shard, newest first", async () => {
    const { index, send, chain } = await openShard(0);
    const first = testMessage();
    const second = testMessage({ index: 1, to: OTHER });
    const third = testMessage({ destination: 2, sender: OTHER });
    await send(first, second);
    const block = await send(third);
    const ids = (filter: Parameters<typeof index.messages>[0]) =>
      index.messages(filter, PAGE).items.map(({ id }) => id);
    const [a, b, c] = [first, second, third].map(messageId);
    expect(index.message(c!)).toEqual({
      id: c,
      message: third,
      block: block.hash,
      blockNumber: 2,
      timestampMs: block.header.timestampMs,
      transactionHash: block.transactions[0]!.transaction.hash,
      logIndex: 0,
    });
    expect(ids({})).toEqual([c, b, a]);
    expect(ids({ sender: first.sender })).toEqual([b, a]);
    expect(ids({ sender: OTHER })).toEqual([c]);
    expect(ids({ recipient: OTHER })).toEqual([b]);
    expect(ids({ recipient: first.to, destination: 1 })).toEqual([a]);
    expect(ids({ source: 0, destination: 1 })).toEqual([b, a]);
    expect(ids({ destination: 2 })).toEqual([c]);
    expect(ids({ source: 2 })).toEqual([]);
    const { transaction } = chain.blockByNumber(1)!.transactions[0]!;
    expect(ids({ transaction: { hash: transaction.hash, blockNumber: 1 } })).toEqual([b, a]);
    expect(ids({ transaction: { hash: transaction.hash, blockNumber: 2 } })).toEqual([]);
  });

  it("has deliveries with outcome and refund, and credits by failed message", async () => {
    const { index, chain } = await openShard(1);
    const failed = testMessage();
    const refund = refundOf(failed, 4);
    const credited = refundOf(testMessage({ source: 1, destination: 0 }), 1);
    const block = chain.add({
      deliveries: [
        { message: failed, logs: [sentLog(refund), deliveredLog(failed, "reverted")], status: 0 },
        { message: credited, logs: [deliveredLog(credited, "credited")] },
      ],
      transactions: [withLogs(sentLog(testMessage({ source: 1, destination: 2 })))],
    });
    await index.idle();
    expect(index.message(messageId(failed))).toMatchObject({
      transactionHash: deliveryHash(failed),
      outcome: "reverted",
      refund: messageId(refund),
      logIndex: 1,
    });
    const sent = index.message(messageId(refund));
    expect(sent).toMatchObject({ transactionHash: deliveryHash(failed), logIndex: 0 });
    expect(sent).not.toHaveProperty("outcome");
    const credit = index.creditOf(`0x${Buffer.from(credited.data).toString("hex")}`);
    expect(credit).toMatchObject({ id: messageId(credited), outcome: "credited", logIndex: 2 });
    expect(index.messages({ source: 0 }, PAGE).items.map(({ logIndex }) => logIndex)).toEqual([2, 1]);
    // Recipients see deliveries in their history, at the place that JSON-RPC shows.
    expect(index.history(failed.to, PAGE).items[0]).toMatchObject({
      roles: ["recipient"],
      transactionIndex: 2,
    });
    expect(index.history(failed.to, PAGE).items[1]).toMatchObject({
      transactionHash: block.deliveries![0]!.receipt.transactionHash,
      transactionIndex: 0,
    });
  });

  it("forgets the messages of removed blocks", async () => {
    const { index, send, chain } = await openShard(0);
    const [kept, moved] = [testMessage(), testMessage({ index: 1 })];
    await send(kept);
    await send(moved);
    const [block] = chain.reorganise(1, [{}]);
    await index.idle();
    expect(index.message(messageId(moved))).toBeUndefined();
    expect(index.messages({}, PAGE).items.map(({ id }) => id)).toEqual([messageId(kept)]);
    await send(moved);
    expect(index.message(messageId(moved))?.blockNumber).toBe(block!.header.number + 1);
  });

  it("pages end after 1,000 entries, and continue", async () => {
    const { index, send } = await openShard(0);
    const wanted = testMessage({ sender: OTHER });
    await send(wanted, ...Array.from({ length: 1_200 }, (_, at) => testMessage({ index: at + 1 })));
    const first = index.messages({ recipient: wanted.to, sender: OTHER, source: 0 }, PAGE);
    expect(first).toMatchObject({ items: [{ id: messageId(wanted) }] });
    const many = index.messages({ recipient: wanted.to, source: 1 }, PAGE);
    expect([many.items, many.cursor]).toEqual([[], expect.stringMatching(/^0x/)]);
    expect(index.messages({ recipient: wanted.to, source: 1 }, { ...PAGE, cursor: many.cursor! })).toEqual({
      items: [],
    });
    const all: number[] = [];
    for (let cursor: `0x${string}` | undefined; ; ) {
      const page = index.messages({}, { countMax: 400, ...(cursor && { cursor }) });
      all.push(...page.items.map(({ message }) => message.index));
      cursor = page.cursor;
      if (cursor === undefined) break;
    }
    expect(all).toEqual(Array.from({ length: 1_201 }, (_, at) => 1_200 - at));
  });

  it("with one shard, logs of the gateway's address mean nothing", async () => {
    const { index, add } = await openTestIndex();
    await add(sentLog(testMessage()), { ...sentLog(testMessage()), data: new Uint8Array(3) });
    expect(index.messages({}, PAGE)).toEqual({ items: [] });
    expect(index.status()).toMatchObject({ number: 1 });
    expect(index.status()).not.toHaveProperty("failure");
  });
});
