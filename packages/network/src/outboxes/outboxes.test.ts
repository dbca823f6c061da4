import { silentLog, silentMetrics } from "@trellis/base";
import { shardErrors } from "@trellis/chain";
import { VirtualTime } from "@trellis/kit/time";
import {
  type Message,
  OUTBOX_RANGE_LIMITS,
  type OutboxExchange,
  type OutboxRange,
  type OutboxRequest,
  ZERO_HASH,
} from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { createNetwork } from "../node/createNetwork.ts";
import type { Network } from "../node/Network.ts";
import { MemoryPeerBookStore } from "../peers/index.ts";
import { seededBytes } from "../sync/testing/seededBytes.ts";
import { noStates } from "../sync/testing/TestNode.ts";
import { TestInternet, type TestTransport } from "../sync/testing/TestTransport.ts";
import { openTestChain, TEST_PARAMETERS, TEST_START_MS } from "../sync/testing/testChain.ts";
import { createWire } from "../wire/index.ts";
import { OUTBOX_LIMITS } from "./limits.ts";

const { outbox } = createWire(TEST_PARAMETERS).protocols;
const FALSE = `0x${"ff".repeat(32)}` as const;

const requestOf = (fields: Partial<OutboxRequest> = {}): OutboxRequest => ({
  source: 1,
  destination: 2,
  block: ZERO_HASH,
  first: 0,
  countMax: 4,
  ...fields,
});

function messageOf(index: number): Message {
  const address = `0x${"5e".repeat(20)}` as const;
  const fields = { kind: "call", source: 1, destination: 2, sender: address, to: address } as const;
  return { ...fields, index, value: 1n, gasLimit: 0n, expiry: 9, data: new Uint8Array(0) };
}

function rangeOf(first: number, count: number, previousHead: OutboxRange["previousHead"] = ZERO_HASH) {
  const messages = Array.from({ length: count }, (_, at) => messageOf(first + at));
  return { previousHead, messages, proof: { accountNodes: [], storageNodes: [] } };
}

/** Proofs are those of ReceivedOutboxes in packages/chain; here, a head decides. */
class TestExchange implements OutboxExchange {
  /** By source. */
  readonly served = new Map<number, OutboxRange>();
  readonly taken: [OutboxRequest, OutboxRange][] = [];
  readonly answered: OutboxRequest[] = [];
  delay: (() => Promise<void>) | undefined;

  async rangeOf(request: OutboxRequest): Promise<OutboxRange | undefined> {
    this.answered.push(request);
    await this.delay?.();
    return this.served.get(request.source);
  }

  async take(request: OutboxRequest, range: OutboxRange): Promise<boolean> {
    if (range.previousHead === FALSE) throw shardErrors.MESSAGE_PROOF_INVALID({ reason: "another head" });
    this.taken.push([request, range]);
    return range.messages.length > 0;
  }
}

interface Node {
  readonly exchange: TestExchange;
  readonly transport: TestTransport;
  readonly network: Network;
}

/** @param followed default: the node does not answer which shards it follows */
async function start(
  internet: TestInternet,
  name: string,
  bootstrap: readonly string[],
  followed?: readonly number[],
): Promise<Node> {
  const { time } = internet;
  const chain = await openTestChain(time);
  const transport = internet.transport(name);
  const exchange = new TestExchange();
  const network = await createNetwork(
    { shard: 0, agent: name, bootstrap, outboundTarget: 8 },
    {
      transport,
      peerBook: new MemoryPeerBookStore(),
      states: noStates,
      outboxes: exchange,
      shards: followed && {
        own: () => new Map(followed.map((shard) => [shard, []])),
        found: () => undefined,
      },
      chain: chain.exchange,
      view: chain.view,
      pool: chain.pool,
      intake: chain.intake,
    },
    { clock: time, scheduler: time, random: seededBytes(name), log: silentLog, metrics: silentMetrics },
  );
  await network.start();
  return { exchange, transport, network };
}

/** A node, and its peers. */
async function star(count: number, followed?: (index: number) => readonly number[]) {
  const internet = new TestInternet(new VirtualTime(TEST_START_MS));
  const names = Array.from({ length: count }, (_, index) => `peer${index}`);
  const peers: Node[] = [];
  for (const [index, name] of names.entries()) peers.push(await start(internet, name, [], followed?.(index)));
  const node = await start(
    internet,
    "node",
    names.map((name) => `test/${name}`),
    followed && [],
  );
  await internet.time.run(5_000);
  expect(node.network.peers()).toHaveLength(count);
  return { node, peers, time: internet.time };
}

const scoreOf = ({ network }: Node, peer: string): number =>
  network.peers().find(({ id }) => id === peer)?.score ?? Number.NEGATIVE_INFINITY;
const askedIn = (peers: readonly Node[]): number =>
  peers.reduce((sum, { exchange }) => sum + exchange.answered.length, 0);

describe("SHARD-21: messages from peers", () => {
  it("come from a peer that has them, which is asked first from then on", async () => {
    const { node, peers, time } = await star(4);
    peers[2]!.exchange.served.set(1, rangeOf(0, 3));
    node.network.requestOutbox(requestOf());
    await time.run(1_000);
    expect(node.exchange.taken).toEqual([[requestOf(), rangeOf(0, 3)]]);
    const before = askedIn(peers);
    await time.run(2 * OUTBOX_LIMITS.lackMs);
    for (let times = 0; times < 5; times++) {
      node.network.requestOutbox(requestOf());
      await time.run(1_000);
    }
    expect(node.exchange.taken).toHaveLength(6);
    expect(askedIn(peers) - before).toBe(5);
    for (const peer of peers) expect(scoreOf(peer, "node")).toBeGreaterThanOrEqual(0);
  });

  it("SHARD-21.2: are asked of peers that follow the source, and of no other", async () => {
    const { node, peers, time } = await star(4, (index) => (index < 2 ? [1, 2] : [2]));
    for (let times = 0; times < 4; times++) {
      node.network.requestOutbox(requestOf());
      await time.run(OUTBOX_LIMITS.lackMs + 1_000);
    }
    expect(peers.map(({ exchange }) => exchange.answered.length)).toEqual([4, 4, 0, 0]);
  });

  it("SHARD-21.2: that no peer has are requested from each at most once in the pause, without a report", async () => {
    const { node, peers, time } = await star(4);
    for (let ms = 0; ms < 5_000; ms += 50) {
      node.network.requestOutbox(requestOf());
      await time.run(50);
    }
    expect(peers.map(({ exchange }) => exchange.answered.length)).toEqual([1, 1, 1, 1]);
    for (const { id, score } of node.network.peers()) expect([id, score]).toEqual([id, 0]);
    peers[3]!.exchange.served.set(1, rangeOf(0, 1));
    await time.run(OUTBOX_LIMITS.lackMs);
    node.network.requestOutbox(requestOf());
    await time.run(1_000);
    expect(node.exchange.taken).toHaveLength(1);
  });

  it("SHARD-21.3, falseAnswer: wrong proofs, other positions and too many messages; then another peer is asked", async () => {
    const wrong = [rangeOf(0, 2, FALSE), rangeOf(1, 2), rangeOf(0, 5)];
    for (const range of wrong) {
      const { node, peers, time } = await star(2);
      peers[0]!.exchange.served.set(1, range);
      peers[1]!.exchange.served.set(1, range);
      node.network.requestOutbox(requestOf());
      await time.run(1_000);
      expect(node.exchange.taken).toEqual([]);
      const offences = node.network.peers().flatMap((peer) => peer.offences.map(({ offence }) => offence));
      expect(offences).toEqual(["falseAnswer", "falseAnswer"]);
      expect(askedIn(peers)).toBe(2);
    }
  });

  it("of a peer without messages, though some are sent, are not enough", async () => {
    const { node, peers, time } = await star(2);
    for (const [count, { exchange }] of peers.entries()) exchange.served.set(1, rangeOf(0, count));
    for (let times = 0; times < 3; times++) {
      node.network.requestOutbox(requestOf());
      await time.run(1_000);
    }
    expect(node.exchange.taken.at(-1)![1].messages).toHaveLength(1);
    for (const { score } of node.network.peers()) expect(score).toBeGreaterThanOrEqual(0);
  });

  it("SHARD-21.2: are requested once for a pair of shards, and for few pairs at a time", async () => {
    const { node, peers, time } = await star(1);
    const [{ exchange }] = peers as [Node];
    exchange.delay = () => time.wait(500);
    const pairs = OUTBOX_LIMITS.requestsMax + 4;
    for (let times = 0; times < 3; times++)
      for (let source = 1; source <= pairs; source++)
        node.network.requestOutbox(requestOf({ source, destination: 99, first: times }));
    await time.run(400);
    expect(exchange.answered).toHaveLength(OUTBOX_LIMITS.requestsMax);
    expect(new Set(exchange.answered.map(({ first }) => first))).toEqual(new Set([0]));
  });

  it("a peer that does not answer in time is stalling, and the next is asked", async () => {
    const { node, peers, time } = await star(2);
    for (const { exchange, transport } of peers) {
      exchange.served.set(1, rangeOf(0, 1));
      transport.override = async (_from, protocol, _request, answer) =>
        protocol === outbox.id && transport === peers[0]!.transport ? "never" : answer();
    }
    for (let times = 0; times < 4; times++) {
      node.network.requestOutbox(requestOf({ first: 0, source: 1 }));
      await time.run(outbox.timeoutMs + 1_000);
    }
    expect(node.exchange.taken.length).toBeGreaterThanOrEqual(3);
  });
});

describe("SHARD-21: serving", () => {
  it("PEER_OVER_LIMIT: a peer's requests are limited by the messages that they name", async () => {
    const { node, peers, time } = await star(1);
    const [peer] = peers as [Node];
    const { messagesMax: countMax } = OUTBOX_RANGE_LIMITS;
    const request = outbox.request.encode(requestOf({ countMax }));
    const options = { timeoutMs: 5_000, answerBytesMax: outbox.answerBytesMax };
    const outcomes: string[] = [];
    for (let times = 0; times < 80; times++)
      node.transport
        .request("peer0", outbox.id, request, options)
        .then(() => outcomes.push("answer"))
        .catch((error: { code: string }) => outcomes.push(error.code));
    await time.run(1_000);
    expect(peer.exchange.answered.length).toBeGreaterThan(50);
    expect(peer.exchange.answered.length).toBeLessThan(70);
  });

  it("SHARD-21.1, PEER_OVER_LIMIT: few answers at a time, so that slow hosts hold little memory", async () => {
    const { node, peers, time } = await star(1);
    const [{ exchange }] = peers as [Node];
    exchange.delay = () => time.wait(2_000);
    const options = { timeoutMs: 5_000, answerBytesMax: outbox.answerBytesMax };
    for (let times = 0; times < 2 * OUTBOX_LIMITS.answersMax; times++)
      node.transport.request("peer0", outbox.id, outbox.request.encode(requestOf()), options).catch(() => {});
    await time.run(1_000);
    expect(exchange.answered).toHaveLength(OUTBOX_LIMITS.answersMax);
    await time.run(2_000);
    node.network.requestOutbox(requestOf());
    await time.run(100);
    expect(exchange.answered).toHaveLength(OUTBOX_LIMITS.answersMax + 1);
  });

  it("SHARD-21.1: a request is answered from this node only: it causes no other request", async () => {
    const { node, peers, time } = await star(3);
    node.exchange.served.set(1, rangeOf(0, 1));
    peers[0]!.network.requestOutbox(requestOf());
    await time.run(1_000);
    expect(peers[0]!.exchange.taken).toHaveLength(1);
    expect(askedIn(peers)).toBe(0);
  });

  it("a request costs a token for each message, and 17", () => {
    expect(outbox.cost(requestOf({ countMax: 256 }))).toBe(273);
  });
});
