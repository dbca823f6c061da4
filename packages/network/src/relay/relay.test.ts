import { silentLog, silentMetrics } from "@trellis/base";
import { VirtualTime } from "@trellis/kit/time";
import {
  type Block,
  createBlock,
  EMPTY_BODY,
  type Hash,
  type PooledTransaction,
  type Transaction,
  type TransactionIntake,
} from "@trellis/protocol";
import { describe, expect, it, vi } from "vitest";
import { networkErrors } from "../errors.ts";
import { createNetwork } from "../node/createNetwork.ts";
import type { Network } from "../node/Network.ts";
import { MemoryPeerBookStore } from "../peers/index.ts";
import { seededBytes } from "../sync/testing/seededBytes.ts";
import { noStates } from "../sync/testing/TestNode.ts";
import { TestInternet, type TestTransport } from "../sync/testing/TestTransport.ts";
import {
  BAD_NONCE,
  mine,
  mineMany,
  openTestChain,
  pay,
  TEST_PARAMETERS,
  TEST_START_MS,
  type TestChain,
  tampered,
} from "../sync/testing/testChain.ts";
import { createWire, ShortIds, shortIdToBytes } from "../wire/index.ts";
import type { BlockForm } from "./compactBlock.ts";
import { TRANSACTION_RELAY_LIMITS } from "./limits.ts";

interface Node {
  readonly chain: TestChain;
  readonly transport: TestTransport;
  readonly network: Network;
  submit: TransactionIntake["submit"];
}

const wire = createWire(TEST_PARAMETERS);
const { blocks: blocksTopic, transactions: transactionsTopic } = wire.topics;
const REQUEST = wire.protocols.blockTransactions.id;

async function row(names: readonly string[], blockForm: BlockForm = "compact") {
  const internet = new TestInternet(new VirtualTime(TEST_START_MS));
  const { time } = internet;
  const nodes: Node[] = [];
  for (const [index, name] of names.entries()) {
    const chain = await openTestChain(time);
    const transport = internet.transport(name);
    const bootstrap = index === 0 ? [] : [`test/${names[index - 1]}`];
    const { intake } = chain;
    const network: Network = await createNetwork(
      { shard: 0, agent: name, bootstrap, outboundTarget: 4, blockForm },
      {
        transport,
        peerBook: new MemoryPeerBookStore(),
        chain: chain.exchange,
        states: noStates,
        view: chain.view,
        pool: chain.pool,
        intake: { submit: (...given) => node.submit(...given) },
      },
      { clock: time, scheduler: time, random: seededBytes(name), log: silentLog, metrics: silentMetrics },
    );
    await network.start();
    const node: Node = { chain, transport, network, submit: (...given) => intake.submit(...given) };
    nodes.push(node);
  }
  await time.run(3_000);
  return { nodes, time };
}

const pooled = ({ chain }: Node): number => chain.pool.status().pending;
const sinkOf = ({ chain }: Node): Hash => chain.view.head().hash;
const sent = ({ transport }: Node, topic: string): number =>
  transport.published.filter((message) => message.topic === topic).length;
const asked = ({ transport }: Node, protocol = REQUEST): number => transport.answered.get(protocol) ?? 0;
const score = ({ network }: Node, peer: string): number =>
  network.peers().find(({ id }) => id === peer)?.score ?? Number.NEGATIVE_INFINITY;

async function foreign(payEvery = 1): Promise<Block> {
  const [block] = await mineMany(1, { payEvery, miner: 7 });
  return block!;
}

function compact(block: Block, entries = block.body.transactions.map(({ encoded }) => encoded)): Uint8Array {
  return blocksTopic.codec.encode({ ...EMPTY_BODY, header: block.header, entries });
}

describe("transactions", () => {
  it("cross the network once, in batches [NET-21]", async () => {
    const { nodes, time } = await row(["a", "b", "c", "d"]);
    for (let count = 0; count < 30; count++) await pay(nodes[0]!.chain);
    await time.run(500);
    expect(nodes.map(pooled)).toEqual([30, 30, 30, 30]);
    expect(nodes.map((node) => sent(node, transactionsTopic.id))).toEqual([1, 0, 0, 0]);
    expect(nodes.slice(1).flatMap(({ transport }) => transport.verdicts)).toEqual([
      "accept",
      "accept",
      "accept",
    ]);
  });

  it("that existed before a peer connected are requested [NET-22]", async () => {
    const { nodes, time } = await row(["a", "b"]);
    const [a, b] = nodes as [Node, Node];
    b.transport.disconnect("a");
    for (let count = 0; count < 600; count++) await pay(a.chain);
    await time.run(100);
    expect(pooled(b)).toBe(0);
    await time.run(30_000, () => pooled(b) === 600);
    expect(pooled(b)).toBe(600);
    expect(asked(a, wire.protocols.transactions.id)).toBe(3);
  });

  it("are requested again from a peer that did not answer, a limited number of times [NET-22]", async () => {
    for (const broken of [2, Number.POSITIVE_INFINITY]) {
      const { nodes, time } = await row(["a", "b"]);
      const [a, b] = nodes as [Node, Node];
      b.transport.disconnect("a");
      await pay(a.chain);
      let requests = 0;
      a.transport.override = async (_from, protocol, _request, answer) => {
        if (protocol === wire.protocols.pooled.id && ++requests <= broken)
          throw new RangeError("the stream breaks");
        return answer();
      };
      await time.run(60_000);
      expect(pooled(b)).toBe(broken === 2 ? 1 : 0);
      expect(requests).toBe(broken === 2 ? 3 : 5);
    }
  });

  it("are not requested from a disconnected peer, and all again when it returns [NET-22]", async () => {
    const { nodes, time } = await row(["a", "b"]);
    const [a, b] = nodes as [Node, Node];
    b.transport.disconnect("a");
    for (let count = 0; count < 600; count++) await pay(a.chain);
    const { submit } = b;
    const requests = vi.spyOn(b.transport, "request");
    const requested = () =>
      requests.mock.calls.filter(([, protocol]) => protocol === wire.protocols.transactions.id).length;
    let hasLeft = false;
    b.submit = async (...given) => {
      if (!hasLeft) b.transport.disconnect("a");
      hasLeft = true;
      return submit(...given);
    };
    await time.run(30_000, () => hasLeft);
    await time.run(0);
    const { length } = b.transport.peers;
    expect([length, requested(), pooled(b)]).toEqual([0, 1, 256]);
    await time.run(30_000, () => pooled(b) === 600);
    expect([requested(), pooled(b)]).toEqual([3, 600]);
  });

  it("are requested from a reconnected peer as often as if it had stayed [NET-22]", async () => {
    const { nodes, time } = await row(["a", "b"]);
    const [a, b] = nodes as [Node, Node];
    b.transport.disconnect("a");
    await pay(a.chain);
    let requests = 0;
    a.transport.override = async (_from, protocol, _request, answer) => {
      if (protocol !== wire.protocols.pooled.id || ++requests > TRANSACTION_RELAY_LIMITS.exchangesMax)
        return answer();
      if (requests === 1) a.transport.disconnect("b");
      throw new RangeError("the stream breaks");
    };
    await time.run(60_000, () => pooled(b) === 1);
    expect([requests, pooled(b)]).toEqual([TRANSACTION_RELAY_LIMITS.exchangesMax + 1, 1]);
  });

  it("of a mempool are looked up at a bounded rate, for any requests", async () => {
    const { nodes, time } = await row(["a", "b"]);
    const [a, b] = nodes as [Node, Node];
    for (let count = 0; count < 5; count++) await pay(a.chain);
    await time.run(1_000);
    const content = a.chain.pool.content.bind(a.chain.pool);
    let lookups = 0;
    a.chain.pool.content = () => {
      lookups++;
      return content();
    };
    const { id, request, answer } = wire.protocols.pooled;
    const counts: number[] = [];
    for (const countMax of Array.from({ length: 200 }, (_, index) => 1 + (index % 9))) {
      const given = answer.decode(await b.transport.ask("a", id, request.encode({ countMax })));
      counts.push(given.hashes.length - Math.min(countMax, 5));
    }
    expect(new Set(counts)).toEqual(new Set([0]));
    expect(lookups).toBe(1);
  });

  it("that were requested are announced to the others [NET-21]", async () => {
    const { nodes, time } = await row(["a", "b", "c"]);
    const [a, b, c] = nodes as [Node, Node, Node];
    b.transport.disconnect("a");
    await pay(a.chain);
    await time.run(100);
    expect([pooled(b), pooled(c)]).toEqual([0, 0]);
    await time.run(30_000, () => pooled(c) === 1);
    expect([pooled(b), pooled(c)]).toEqual([1, 1]);
    expect(sent(b, transactionsTopic.id)).toBe(1);
    expect(sent(c, transactionsTopic.id)).toBe(0);
  });

  it("that the mempool refuses for now are retried later without a penalty [NET-21]", async () => {
    const { nodes, time } = await row(["a", "b"]);
    const [a, b] = nodes as [Node, Node];
    const other = await openTestChain(time);
    await pay(other);
    const [{ transaction }] = [...other.pool.content().pending.values()].flat() as [PooledTransaction];
    const encoded = transactionsTopic.codec.encode({
      transactions: [transaction.encoded, transaction.encoded],
    });
    let submitted = 0;
    let isRefusing = true;
    const { intake } = b.chain;
    b.submit = async (...given) => {
      submitted += 1;
      if (isRefusing) throw networkErrors.SYNC_BUSY();
      return intake.submit(...given);
    };
    const before = score(b, "a");
    const tell = async () => {
      a.transport.publish(transactionsTopic.id, encoded.slice());
      await time.run(100);
    };
    await tell();
    await tell();
    expect(submitted).toBe(1);
    expect(score(b, "a")).toBeGreaterThanOrEqual(before);
    isRefusing = false;
    await time.run(31_000);
    await tell();
    expect(pooled(b)).toBe(1);
    expect(b.transport.verdicts).toEqual(["ignore", "ignore", "accept"]);
  });

  it("with invalid signatures penalize their sender, and are not forwarded [NET-21]", async () => {
    const { nodes, time } = await row(["a", "b", "c"]);
    const other = await openTestChain(time);
    await pay(other);
    const [{ transaction }] = [...other.pool.content().pending.values()].flat() as [PooledTransaction];
    const encoded = transaction.encoded.slice();
    encoded.fill(0xff, -32);
    const before = score(nodes[1]!, "a");
    nodes[0]!.transport.publish(
      transactionsTopic.id,
      transactionsTopic.codec.encode({ transactions: [encoded] }),
    );
    await time.run(500);
    expect(nodes.map(({ transport }) => transport.verdicts.at(-1))).not.toContain("accept");
    expect(pooled(nodes[2]!)).toBe(0);
    expect(score(nodes[1]!, "a")).toBeLessThan(before);
  });

  it("in malformed batches are rejected [NET-4]", async () => {
    const { nodes, time } = await row(["a", "b"]);
    const before = score(nodes[1]!, "a");
    nodes[0]!.transport.publish(transactionsTopic.id, Uint8Array.of(0, 1, 2, 3));
    await time.run(100);
    expect(nodes[1]!.transport.verdicts).toEqual(["reject"]);
    expect(score(nodes[1]!, "a")).toBeLessThan(before);
  });
});

describe("blocks", () => {
  it("arrive in one message at peers with their transactions [NET-18] [NET-19]", async () => {
    const { nodes, time } = await row(["a", "b", "c"]);
    for (let count = 0; count < 20; count++) await pay(nodes[0]!.chain);
    await time.run(500);
    const block = await mine(nodes[0]!.chain);
    expect(block.body.transactions).toHaveLength(20);
    await time.run(100);
    expect(nodes.map(sinkOf)).toEqual([block.hash, block.hash, block.hash]);
    expect(nodes.map((node) => asked(node))).toEqual([0, 0, 0]);
    expect(nodes.map((node) => sent(node, blocksTopic.id))).toEqual([1, 0, 0]);
    const [message] = nodes[0]!.transport.published.filter(({ topic }) => topic === blocksTopic.id);
    expect(message!.message.length).toBeLessThan(800 + 20 * 8);
  });

  it("that are announced in full need no transactions", async () => {
    const { nodes, time } = await row(["a", "b"], "full");
    for (let count = 0; count < 20; count++) await pay(nodes[0]!.chain);
    const block = await mine(nodes[0]!.chain);
    await time.run(100);
    expect(sinkOf(nodes[1]!)).toBe(block.hash);
    const [message] = nodes[0]!.transport.published.filter(({ topic }) => topic === blocksTopic.id);
    expect(blocksTopic.codec.decode(message!.message).entries[0]!.length).toBeGreaterThan(50);
  });

  it("need one request from peers that lack some transactions [NET-19]", async () => {
    const { nodes, time } = await row(["a", "b", "c"]);
    for (let count = 0; count < 5; count++) await pay(nodes[0]!.chain);
    const block = await mine(nodes[0]!.chain);
    await time.run(200);
    expect(nodes.map(sinkOf)).toEqual([block.hash, block.hash, block.hash]);
    expect(asked(nodes[0]!)).toBeLessThanOrEqual(1);
  });

  it("whose transactions a parallel block has accepted are still reconstructed [NET-19]", async () => {
    const { nodes, time } = await row(["a", "b"]);
    for (let count = 0; count < 5; count++) await pay(nodes[0]!.chain);
    await time.run(500);
    nodes[1]!.transport.disconnect("a");
    const first = await mine(nodes[0]!.chain, 1);
    const second = await mine(nodes[1]!.chain, 2);
    expect(second.body.transactions).toHaveLength(5);
    await time.run(30_000, () =>
      nodes.every(({ chain }) => chain.exchange.has(first.hash) && chain.exchange.has(second.hash)),
    );
    expect(nodes.map(({ chain }) => chain.view.counts().blocks)).toEqual([3, 3]);
  });

  it("with too little work are not forwarded and penalize their sender [NET-18]", async () => {
    const { nodes, time } = await row(["a", "b", "c"]);
    const block = await foreign();
    const idle = createBlock({ ...block.header, seal: { branch: [], nonce: BAD_NONCE } }, block.body);
    const before = score(nodes[1]!, "a");
    nodes[0]!.transport.publish(blocksTopic.id, compact(idle));
    await time.run(100);
    expect(nodes[1]!.transport.verdicts).toEqual(["reject"]);
    expect(nodes[2]!.transport.verdicts).toEqual([]);
    expect(score(nodes[1]!, "a")).toBeLessThan(before);
  });

  it("whose body does not match the header penalize the senders [NET-19]", async () => {
    const { nodes, time } = await row(["a", "b", "c"]);
    const block = await foreign();
    nodes[0]!.transport.publish(blocksTopic.id, compact(block, []));
    await time.run(100);
    expect(nodes[1]!.transport.verdicts).toEqual(["reject"]);
    expect(nodes[2]!.transport.verdicts).toEqual([]);
    nodes[2]!.transport.publish(blocksTopic.id, compact(block));
    await time.run(100);
    expect(sinkOf(nodes[1]!)).toBe(block.hash);
  });

  it("that are invalid on the chain are not forwarded [NET-18]", async () => {
    const { nodes, time } = await row(["a", "b", "c"]);
    const block = tampered(await foreign(), { blueScore: 7 });
    nodes[0]!.transport.publish(blocksTopic.id, compact(block));
    await time.run(100);
    expect(nodes[1]!.transport.verdicts).toEqual(["reject"]);
    expect(nodes[2]!.chain.view.counts().blocks).toBe(1);
  });

  it("without their parents wait, and are not forwarded [NET-18]", async () => {
    const { nodes, time } = await row(["a", "b", "c"]);
    const [, second] = await mineMany(2, { miner: 7 });
    nodes[0]!.transport.publish(blocksTopic.id, compact(second!));
    await time.run(100);
    expect(nodes[1]!.transport.verdicts).toEqual(["ignore"]);
    expect(nodes[2]!.transport.verdicts).toEqual([]);
  });

  it("still arrive when a peer withholds their transactions [NET-20]", async () => {
    const { nodes, time } = await row(["a", "b", "c"]);
    const [a, b, c] = nodes as [Node, Node, Node];
    a.transport.override = async (_from, protocol, _request, answer) =>
      protocol === REQUEST ? "never" : answer();
    const block = await foreign();
    const unknown = block.body.transactions.map(() => Uint8Array.of(1, 2, 3, 4, 5, 6));
    a.transport.publish(blocksTopic.id, compact(block, unknown));
    await time.run(100);
    expect(b.chain.exchange.has(block.hash)).toBe(false);
    c.transport.publish(blocksTopic.id, compact(block));
    await time.run(100);
    expect(b.chain.exchange.has(block.hash)).toBe(true);
    expect(b.transport.verdicts).toEqual(["accept"]);
  });

  it("without their parents use no capacity of the relay while they wait [NET-20]", async () => {
    const { nodes, time } = await row(["a", "b"]);
    const [a, b] = nodes as [Node, Node];
    a.transport.override = async (_from, protocol, _request, answer) =>
      protocol === wire.protocols.blocks.id ? "never" : answer();
    const block = await foreign();
    for (let count = 0; count < 40; count++) {
      const parents = [tampered(block, {}).hash];
      a.transport.publish(blocksTopic.id, compact(tampered(block, { parents })));
    }
    await time.run(50);
    a.transport.publish(blocksTopic.id, compact(block));
    await time.run(100);
    expect(b.chain.exchange.has(block.hash)).toBe(true);
    expect(b.transport.verdicts).toContain("accept");
  });

  it("with a short-id collision are requested in full [NET-19]", async () => {
    const { nodes, time } = await row(["a", "b"]);
    const [a, b] = nodes as [Node, Node];
    await pay(a.chain);
    await pay(a.chain);
    await time.run(500);
    const block = await foreign();
    const [own] = block.body.transactions;
    const [stray] = [...b.chain.pool.content().pending.values()]
      .flat()
      .filter(({ transaction }) => transaction.hash !== own!.hash);
    a.transport.override = async (_from, protocol, _request, answer) =>
      protocol === REQUEST
        ? wire.protocols.blockTransactions.answer.encode({ transactions: [own!.encoded] })
        : answer();
    const id = shortIdToBytes(new ShortIds(block.hash).of(stray!.transaction.hash));
    const before = score(b, "a");
    a.transport.publish(blocksTopic.id, compact(block, [id]));
    await time.run(200);
    expect(asked(a)).toBe(1);
    expect(b.chain.exchange.has(block.hash)).toBe(true);
    expect(b.transport.verdicts.at(-1)).toBe("accept");
    expect(score(b, "a")).toBeGreaterThanOrEqual(before);
  });

  it("whose missing transactions never arrive are dropped completely [NET-20]", async () => {
    const { nodes, time } = await row(["a", "b"]);
    const block = await foreign();
    const unknown = block.body.transactions.map(() => Uint8Array.of(1, 2, 3, 4, 5, 6));
    for (let count = 0; count < 3; count++) {
      nodes[0]!.transport.publish(blocksTopic.id, compact(block, unknown));
      await time.run(10_000);
    }
    expect(nodes[1]!.transport.verdicts).toEqual(["ignore", "ignore", "ignore"]);
    nodes[0]!.transport.publish(blocksTopic.id, compact(block));
    await time.run(100);
    expect(sinkOf(nodes[1]!)).toBe(block.hash);
  });
});

describe("request for a block's transactions [NET-13]", () => {
  const ask = async (change: Partial<{ block: Hash; indexes: number[] }>) => {
    const { nodes } = await row(["a", "b"]);
    await pay(nodes[0]!.chain);
    const block = await mine(nodes[0]!.chain);
    const request = wire.protocols.blockTransactions.request.encode({
      block: block.hash,
      indexes: [0],
      ...change,
    });
    const answer = await nodes[1]!.transport.ask("a", REQUEST, request);
    return { block, answer: wire.protocols.blockTransactions.answer.decode(answer) };
  };

  it("returns them", async () => {
    const { block, answer } = await ask({});
    expect(answer.transactions).toEqual(block.body.transactions.map(({ encoded }: Transaction) => encoded));
  });

  it("PROTOCOL_VIOLATED: transaction index not in the block", async () => {
    await expect(ask({ indexes: [0, 1] })).rejects.toMatchObject({
      code: "PROTOCOL_VIOLATED",
      facts: { reason: "transaction index not in the block" },
    });
  });

  it("RELAY_BLOCK_UNKNOWN", async () => {
    const block: Hash = `0x${"77".repeat(32)}`;
    await expect(ask({ block })).rejects.toMatchObject({ code: "RELAY_BLOCK_UNKNOWN" });
  });
});
