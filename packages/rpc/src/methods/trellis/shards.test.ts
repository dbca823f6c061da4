import { silentLog, silentMetrics } from "@trellis/base";
import { Indexer } from "@trellis/indexer";
import { deliveredLog, FakeChainView, sentLog, testMessage, testTransaction } from "@trellis/kit/chainView";
import { deliveryHash, type Message, messageId, refundOf } from "@trellis/protocol";
import { createMemoryStore } from "@trellis/storage";
import { describe, expect, it } from "vitest";
import { FakeNode } from "../../testing/FakeNode.ts";
import { openServer } from "../../testing/openServer.ts";

interface Shown {
  readonly id: string;
  readonly status: string;
  readonly [field: string]: unknown;
}

class FakeShards {
  readonly nodes: FakeNode[] = [];
  readonly #indexes: Indexer[] = [];
  #nonce = 0n;
  readonly asked: string[] = [];

  static async open(count: number, followed: readonly number[]): Promise<FakeShards> {
    const shards = new FakeShards();
    for (let shard = 0; shard < count; shard++) {
      const chain = new FakeChainView({ shard, count });
      const ports = { chain, store: createMemoryStore(), log: silentLog, metrics: silentMetrics };
      const index = await Indexer.open(ports);
      const askShard = async (other: number, method: string, params: readonly unknown[]) => {
        shards.asked.push(`${other} ${method}`);
        return shards.nodes[other]!.result(method, ...params);
      };
      shards.#indexes.push(index);
      shards.nodes.push(new FakeNode({ chain, index, shards: { followed, askShard } }));
    }
    return shards;
  }

  async send(...messages: readonly Message[]): Promise<string> {
    const { source } = messages[0]!;
    const signed = testTransaction({ nonce: this.#nonce++ });
    this.nodes[source]!.chain.add({ transactions: [{ signed, logs: messages.map(sentLog) }] });
    await this.#indexes[source]!.idle();
    return signed.transaction.hash;
  }

  async deliver(message: Message, outcome: string, ...sent: readonly Message[]): Promise<void> {
    const logs = [...sent.map(sentLog), deliveredLog(message, outcome)];
    this.nodes[message.destination]!.chain.add({ deliveries: [{ message, logs }] });
    await this.#indexes[message.destination]!.idle();
  }

  message(shard: number, message: Message): Promise<Shown> {
    return this.nodes[shard]!.result("trellis_getMessage", messageId(message)) as Promise<Shown>;
  }
}

const message = testMessage();
const refund = refundOf(message, 0);

describe("RPC-35: messages", () => {
  it("a message goes from pending to refunded, in every shard's answer", async () => {
    const shards = await FakeShards.open(3, [0, 1, 2]);
    const statuses = () =>
      Promise.all([0, 1, 2].map(async (shard) => (await shards.message(shard, message))?.status));
    expect(await statuses()).toEqual([undefined, undefined, undefined]);
    const transactionHash = await shards.send(message);
    const pending = await shards.message(2, message);
    expect(pending).toMatchObject({
      ...{ id: messageId(message), kind: "call", source: 0, destination: 1, index: "0x0" },
      ...{ sender: message.sender, recipient: message.to, value: "0x5", data: "0x010203", status: "pending" },
      sent: { shard: 0, blockNumber: "0x1", transactionHash, logIndex: "0x0", isFinal: false },
      ...{ delivery: null, refunded: null, refundOf: null, unknownShards: [] },
    });
    shards.nodes[0]!.chain.finalize(1);
    expect(await statuses()).toEqual(["finalized", "finalized", "finalized"]);
    await shards.deliver(message, "reverted", refund);
    expect(await statuses()).toEqual(["failed", "failed", "failed"]);
    await shards.deliver(refund, "credited");
    expect(await statuses()).toEqual(["refunded", "refunded", "refunded"]);
    const answers = await Promise.all([0, 1, 2].map((shard) => shards.message(shard, message)));
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect(answers[0]).toMatchObject({
      sent: { isFinal: true },
      delivery: {
        shard: 1,
        outcome: "reverted",
        refund: messageId(refund),
        transactionHash: deliveryHash(message),
      },
      refunded: { shard: 0, id: messageId(refund), transactionHash: deliveryHash(refund) },
    });
    expect(await shards.message(0, refund)).toMatchObject({
      status: "delivered",
      refundOf: messageId(message),
    });
    expect(await shards.nodes[1]!.result("trellis_getMessage", deliveryHash(message))).toEqual(answers[0]);
  });

  it("names shards that the node does not follow", async () => {
    const shards = await FakeShards.open(3, [0]);
    await shards.send(message);
    expect(await shards.message(0, message)).toMatchObject({ status: "pending", unknownShards: [1] });
    expect(shards.asked).toEqual([]);
    expect(await shards.message(0, testMessage({ source: 2, destination: 1 }))).toBeNull();
  });

  it("lists messages by parties, shards, transaction and status, in pages", async () => {
    const shards = await FakeShards.open(3, [0, 1, 2]);
    const sent = [0, 1, 2].map((index) => testMessage({ index }));
    const other = testMessage({ destination: 2, sender: `0x${"0e".repeat(20)}` });
    const transaction = await shards.send(...sent);
    await shards.send(other);
    await shards.deliver(sent[1]!, "executed");
    const list = async (filter: object, page = {}, shard = 0) => {
      const answer = await shards.nodes[shard]!.result("trellis_getMessages", filter, page);
      return answer as { readonly items: readonly Shown[]; readonly cursor: string | null };
    };
    const ids = async (filter: object, shard = 0) =>
      (await list(filter, {}, shard)).items.map(({ id }) => id);
    const [a, b, c, d] = [...sent, other].map(messageId);
    expect(await ids({})).toEqual([d, c, b, a]);
    expect(await ids({ sender: other.sender })).toEqual([d]);
    expect(await ids({ transaction })).toEqual([c, b, a]);
    expect(await ids({ transaction: messageId(message) })).toEqual([]);
    expect(await ids({ status: "delivered" })).toEqual([b]);
    expect(await ids({ status: "pending", destination: 1 })).toEqual([c, a]);
    expect(await ids({ source: 0 }, 1)).toEqual([b]);
    const first = await list({}, { count: "0x3" });
    expect(first.items).toHaveLength(3);
    expect(await list({}, { count: "0x3", cursor: first.cursor })).toMatchObject({
      items: [{ id: a }],
      cursor: null,
    });
  });

  it("RPC_PARAMETERS_INVALID, RPC_INDEX_OFF", async () => {
    const shards = await FakeShards.open(2, [0, 1]);
    const code = async (...params: unknown[]) =>
      (await shards.nodes[0]!.call("trellis_getMessages", ...params)).error?.code;
    for (const filter of [
      { source: "0x1" },
      { source: -1 },
      { source: 65_536 },
      { status: "lost" },
      { from: 1 },
      5,
    ])
      expect(await code(filter), JSON.stringify(filter)).toBe(-32602);
    expect(await code({ source: 65_535, status: "failed" })).toBeUndefined();
    const node = new FakeNode();
    const { error } = await node.call("trellis_getMessage", messageId(message));
    expect(error).toMatchObject({ data: { code: "RPC_INDEX_OFF" } });
  });
});

describe("RPC-35: shards", () => {
  it("with one shard, there is one, without queues", async () => {
    const node = new FakeNode();
    node.chain.add({ transactions: [{ signed: testTransaction() }] });
    node.chain.add({ transactions: [{ signed: testTransaction({ nonce: 1n }) }] });
    const shown = {
      shard: 0,
      chainId: "0x7a69",
      number: "0x2",
      finalizedNumber: "0x0",
      finalityLagBlocks: "0x2",
    };
    const summary = {
      ...shown,
      finalityLagMs: "0x7d0",
      transactionsPerSecond: 1,
      gasShare: 0.0007,
      queues: [],
    };
    expect(await node.result("trellis_getShards")).toEqual([{ ...summary, isFollowed: true, record: null }]);
    expect(await node.result("trellis_getShardStatistics")).toMatchObject({
      ...summary,
      ...{ queueMax: null, records: null, latencySeconds: null, deliveriesInWindow: "0x0", windowBlocks: 20 },
    });
  });

  it("with several, those that are not followed have only a record", async () => {
    const shards = await FakeShards.open(3, [0, 2]);
    const queues = (others: readonly number[]) =>
      others.map((destination) => ({ destination, sent: "0x0", waiting: "0x0", due: "0x0" }));
    for (const shard of [0, 2])
      expect(await shards.nodes[shard]!.result("trellis_getShards")).toMatchObject([
        { shard: 0, isFollowed: true, number: "0x0", record: null, queues: queues([1, 2]) },
        { shard: 1, isFollowed: false, number: null, record: { height: "0x0" }, queues: null },
        { shard: 2, isFollowed: true, number: "0x0", record: { height: "0x0" }, queues: queues([0, 1]) },
      ]);
    expect(await shards.nodes[0]!.result("trellis_getShards")).toMatchObject([
      { chainId: "0x7a69" },
      { chainId: `0x${(31_337_000_001).toString(16)}` },
      { chainId: `0x${(31_337_000_002).toString(16)}` },
    ]);
  });

  it("has the times of deliveries", async () => {
    const shards = await FakeShards.open(2, [0, 1]);
    const { chain } = shards.nodes[1]!;
    const now = chain.head().timestamp;
    for (const index of [0, 1, 2]) await shards.deliver(testMessage({ index, expiry: now - 4 }), "executed");
    await shards.deliver(refundOf(testMessage({ source: 1, destination: 0 }), 9), "credited");
    expect(await shards.nodes[1]!.result("trellis_getShardStatistics")).toMatchObject({
      deliveriesInWindow: "0x4",
      latencySeconds: { count: 3, p50: 6, p99: 7 },
    });
  });
});

describe("RPC-35: subscription to messages", () => {
  it("tells what the chain sends, delivers, removes and makes final", async () => {
    const chain = new FakeChainView({ shard: 1, count: 2 });
    const { fake, webSocket } = await open(chain);
    const client = await webSocket();
    const all = await client.subscribeTrellis("messages");
    const one = await client.subscribeTrellis("messages", { id: messageId(refund), shard: 0 });
    const logs = [sentLog(refund), deliveredLog(message, "expired")];
    const block = fake.chain.add({ deliveries: [{ message, logs }] });
    fake.chain.reorganise(1, [{}]);
    fake.chain.finalize(1);
    const place = {
      shard: 1,
      blockNumber: "0x1",
      blockHash: block.hash,
      transactionHash: deliveryHash(message),
    };
    const sent = {
      kind: "sent",
      isRemoved: false,
      id: messageId(refund),
      place: { ...place, logIndex: "0x0" },
    };
    const delivered = {
      ...{ kind: "delivered", isRemoved: false, id: messageId(message) },
      ...{
        outcome: "expired",
        refund: messageId(refund),
        message: { source: 0 },
        place: { logIndex: "0x1" },
      },
    };
    for (const expected of [sent, delivered, { ...sent, isRemoved: true }, { ...delivered, isRemoved: true }])
      expect(await client.notified(all)).toMatchObject(expected);
    expect(await client.notified(all)).toMatchObject({ kind: "finalized", number: "0x1" });
    for (const expected of [sent, { ...sent, isRemoved: true }, { kind: "finalized" }])
      expect(await client.notified(one)).toMatchObject(expected);
    const { error } = await client.call("trellis_subscribe", "messages", { from: 1 });
    expect(error).toMatchObject({ code: -32602 });
  });
});

async function open(chain: FakeChainView) {
  const server = await openServer({ chain });
  return { fake: server.fake, webSocket: () => server.webSocket() };
}
