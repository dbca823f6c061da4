import { VirtualTime } from "@trellis/kit/time";
import type { Block, NetworkParameters, PastBlock } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { PeerRequests } from "../../requests/PeerRequests.ts";
import type { PastAnswer } from "../../wire/index.ts";
import { startTestNode, TEST_WIRE, type TestNode, type TestNodeOptions } from "../testing/TestNode.ts";
import { TestInternet } from "../testing/TestTransport.ts";
import { mineMany, TEST_PARAMETERS, TEST_START_MS } from "../testing/testChain.ts";
import { fetchPast } from "./fetchPast.ts";

/** Nodes prune after a few hundred blocks. */
const parameters: NetworkParameters = {
  ...TEST_PARAMETERS,
  ghostdagK: 3,
  mergesetMax: 8,
  mergeDepth: 12,
  finalityDepth: 10,
  pruningDepth: 330,
  difficultyWindow: { size: 6, sampleRate: 1, sizeMin: 4 },
  medianTimeWindow: { size: 11, sampleRate: 1 },
};

const { headers, past } = TEST_WIRE.protocols;
const trunk = await mineMany(640, { payEvery: 40, parameters });
const COUNT = 600;
const checkpoint = trunk[559]!;
/** Its root is below the oldest block of pruned nodes. */
const oldCheckpoint = trunk[459]!;

function newInternet(): TestInternet {
  return new TestInternet(new VirtualTime(TEST_START_MS));
}

async function full(internet: TestInternet, name: string, options: TestNodeOptions = {}): Promise<TestNode> {
  const node = await startTestNode(internet, name, { parameters, ...options });
  await grow(node, 0, COUNT);
  return node;
}

async function grow({ chain }: TestNode, from: number, to: number, blocks = trunk): Promise<void> {
  for (let at = from; at < to; at += 5) await chain.exchange.importBlocks(blocks.slice(at, at + 5));
}

function newcomer(internet: TestInternet, trusted: Block = checkpoint, name = "node"): Promise<TestNode> {
  return startTestNode(internet, name, { parameters, checkpoint: trusted.hash });
}

async function runUntilThere({ time }: TestInternet, { chain, sync }: TestNode, count = COUNT, ms = 120_000) {
  const { hash } = trunk[count - 1]!;
  await time.run(ms, () => chain.view.head().hash === hash && sync.progress() === undefined);
  expect(chain.view.head().hash).toBe(hash);
}

function changing(node: TestNode, change: (answer: PastAnswer) => PastAnswer): TestNode {
  node.transport.override = async (_from, protocol, _request, answer) =>
    protocol === past.id ? past.answer.encode(change(past.answer.decode(await answer()))) : answer();
  return node;
}

describe("newcomer among pruned peers [SYNC-26] [SYNC-32]", () => {
  it("syncs from the checkpoint's past, follows the chain, and serves the next newcomer", async () => {
    const internet = newInternet();
    const peers = [await full(internet, "a"), await full(internet, "b"), await full(internet, "c")];
    for (const { chain } of peers) expect(chain.view.oldestNumber()).toBeGreaterThan(100);
    const node = await newcomer(internet);
    await node.connectTo(...peers);
    await runUntilThere(internet, node);
    for (const { guard } of [node, ...peers]) expect(guard.reports).toEqual([]);
    expect(node.sync.problem()).toBeUndefined();
    await grow(peers[0]!, COUNT, 640);
    await runUntilThere(internet, node, 640);
    await internet.time.run(60_000, () => node.chain.view.finalized().header.number > COUNT);
    expect(node.chain.view.finalized().header.number).toBeGreaterThan(COUNT);
    for (const peer of peers) await peer.stop();
    const next = await newcomer(internet, trunk[599], "next");
    await next.connectTo(node);
    await runUntilThere(internet, next, 640);
    expect(next.guard.reports).toEqual([]);
    expect(next.chain.view.head()).toEqual(peers[0]!.chain.view.head());
  });

  it("resumes after a restart without the checkpoint's past", async () => {
    const internet = newInternet();
    const peer = await full(internet, "peer");
    const node = await newcomer(internet);
    peer.transport.override = async (_from, protocol, _request, answer) =>
      protocol === headers.id ? "never" : answer();
    await node.connectTo(peer);
    await internet.time.run(30_000, () => node.chain.exchange.has(checkpoint.hash));
    await node.stop();
    peer.transport.override = undefined;
    const asked = peer.transport.answered.get(past.id);
    const { store } = node.chain;
    const again = await startTestNode(internet, "again", { parameters, checkpoint: checkpoint.hash, store });
    await again.connectTo(peer);
    await runUntilThere(internet, again);
    expect(peer.transport.answered.get(past.id)).toBe(asked);
  });

  it("reports a checkpoint whose past all peers have pruned, until an archive serves it", async () => {
    const internet = newInternet();
    const peers = [await full(internet, "a"), await full(internet, "b")];
    const node = await newcomer(internet, oldCheckpoint);
    await node.connectTo(...peers);
    await internet.time.run(30_000);
    expect(node.sync.problem()).toContain("set a newer checkpoint, or use an archive node as a peer");
    expect(node.guard.reports).toEqual([]);
    await node.connectTo(await full(internet, "archive", { isArchive: true }));
    await runUntilThere(internet, node);
    expect(node.sync.problem()).toBeUndefined();
  });

  it("reads headers from genesis if the root would be genesis", async () => {
    const internet = newInternet();
    const node = await newcomer(internet, trunk[200]);
    await node.connectTo(await full(internet, "archive", { isArchive: true }));
    await internet.time.run(10_000, () => node.chain.exchange.has(trunk[0]!.hash));
    expect(node.chain.exchange.has(trunk[0]!.hash)).toBe(true);
    await runUntilThere(internet, node);
    expect(node.guard.reports).toEqual([]);
  });

  it("reads headers from genesis if the peer's version does not serve pasts", async () => {
    const internet = newInternet();
    const archive = await full(internet, "archive", { isArchive: true });
    archive.transport.unsupported.add(past.id);
    const node = await newcomer(internet);
    await node.connectTo(archive);
    await runUntilThere(internet, node);
    expect(node.guard.reports).toEqual([]);
  });

  it.each([
    ["below the newer checkpoint's root", trunk.slice(0, 230)],
    ["above it", trunk.slice(0, 500)],
  ])("drops a state from before a restart with a newer checkpoint: %s", async (_name, older) => {
    const internet = newInternet();
    const early = await startTestNode(internet, "early", { parameters, isArchive: true, blocks: older });
    const { chain } = await startTestNode(internet, "first", { parameters });
    await chain.states.importHeaders(older.map(({ header }) => header));
    const { hash } = early.chain.view.finalized();
    const stateImport = await chain.states.startImport(hash);
    for (let left = stateImport.missing(9); left.length > 0; left = stateImport.missing(9)) {
      for (const request of left) {
        if (request.kind === "code")
          await stateImport.putCode(request.hash, early.chain.states.code(request.hash)!);
        else {
          const { owner, from } = request;
          const range = await early.chain.states.stateRange(hash, owner, from, 100_000);
          await stateImport.putRange(request, range);
        }
      }
    }
    const { store } = chain;
    const again = await startTestNode(internet, "again", { parameters, checkpoint: checkpoint.hash, store });
    await again.connectTo(await full(internet, "pruned"));
    await runUntilThere(internet, again);
    expect(again.guard.reports).toEqual([]);
  });

  it("fetches a past that nobody can verify only once", async () => {
    const streams = parameters.streams.map((stream, at) =>
      at === 0 ? stream : { ...stream, difficulty: "window" as const },
    );
    const silent = { ...parameters, streams };
    const blocks = await mineMany(450, { payEvery: 40, parameters: silent });
    const internet = newInternet();
    const peer = await startTestNode(internet, "peer", { parameters: silent });
    await grow(peer, 0, 450, blocks);
    const { hash } = blocks[420]!;
    const node = await startTestNode(internet, "node", { parameters: silent, checkpoint: hash });
    await node.connectTo(peer);
    await internet.time.run(60_000);
    expect(peer.transport.answered.get(past.id)).toBe(1);
    expect(node.sync.problem()).toContain("use an archive node as a peer");
    expect(node.guard.reports).toEqual([]);
  });

  it("drops headers from genesis once a peer serves the checkpoint's past", async () => {
    const internet = newInternet();
    const node = await newcomer(internet);
    const slow = await full(internet, "slow", { isArchive: true });
    slow.transport.override = async (_from, protocol, request, answer) => {
      if (protocol === past.id) return past.answer.encode({ blocks: [], isEnd: true });
      if (protocol !== headers.id || (slow.transport.answered.get(protocol) ?? 0) > 1) return answer();
      const page = slow.chain.exchange.headersAfter(headers.request.decode(request).locator, 64)!;
      return headers.answer.encode({ ...page, isEnd: false });
    };
    await node.connectTo(slow);
    await internet.time.run(10_000, () => node.chain.exchange.has(trunk[0]!.hash));
    await slow.stop();
    await node.connectTo(await full(internet, "pruned"));
    await runUntilThere(internet, node);
    expect(node.chain.exchange.has(trunk[0]!.hash)).toBe(false);
    expect(node.guard.offencesOf("pruned")).toEqual([]);
  });
});

describe("peer with a false past [SYNC-32]", () => {
  const place = (change: (place: NonNullable<PastBlock["place"]>) => object) => (answer: PastAnswer) => ({
    ...answer,
    blocks: answer.blocks.map((block) => ({
      ...block,
      place: block.place && { ...block.place, ...change(block.place) },
    })),
  });
  it.each<[string, (answer: PastAnswer) => PastAnswer]>([
    ["DAA counts", place(({ daaCounts: [a, ...rest] }) => ({ daaCounts: [a! + 1, ...rest] }))],
    ["bits", place(({ bitsOfStreams: [a, ...rest] }) => ({ bitsOfStreams: [a! + 1, ...rest] }))],
    ["blues", place(() => ({ blues: [0] }))],
    [
      "missing data",
      (answer) => ({ ...answer, blocks: answer.blocks.map(({ header }) => ({ header, place: undefined })) }),
    ],
    [
      "another header",
      ({ blocks, isEnd }) => ({
        blocks: [{ ...blocks[0]!, header: trunk[0]!.header }, ...blocks.slice(1)],
        isEnd,
      }),
    ],
    ["a missing header", ({ blocks, isEnd }) => ({ blocks: blocks.toSpliced(40, 1), isEnd })],
    ["short pages", ({ blocks }) => ({ blocks: blocks.slice(0, 3), isEnd: false })],
    ["no root", ({ blocks }) => ({ blocks: blocks.slice(0, 100), isEnd: true })],
    ["a header twice", ({ blocks, isEnd }) => ({ blocks: [...blocks, blocks[0]!], isEnd })],
  ])("is reported, and another peer serves it: %s", async (_name, change) => {
    const internet = newInternet();
    const liar = changing(await full(internet, "liar"), change);
    const node = await newcomer(internet);
    await node.connectTo(liar);
    await internet.time.run(3_000);
    expect(node.guard.offencesOf("liar")).toEqual(["falseAnswer"]);
    expect(node.guard.reports[0]!.facts.past).not.toContain("contradicts");
    expect(node.chain.view.counts().blocks).toBe(1);
    await node.connectTo(await full(internet, "honest"));
    await runUntilThere(internet, node);
    expect(node.guard.offencesOf("honest")).toEqual([]);
  });

  it("that sends its pages slowly delays nobody beyond a stall", async () => {
    const internet = newInternet();
    const slow = await full(internet, "slow");
    slow.transport.override = async (_from, protocol, request, answer) => {
      if (protocol !== past.id) return answer();
      await internet.time.wait(14_000);
      const { checkpoint: of, after } = past.request.decode(request);
      return past.answer.encode(slow.chain.states.pastOf(of, after, 32));
    };
    const node = await newcomer(internet);
    const startMs = internet.time.nowMs();
    await node.connectTo(slow);
    await node.connectTo(await full(internet, "honest"));
    await runUntilThere(internet, node);
    expect(internet.time.nowMs() - startMs).toBeLessThan(90_000);
  });

  it("that sends many pages ends at the turn of another peer", async () => {
    const internet = newInternet();
    const { time } = internet;
    const slow = await full(internet, "slow");
    slow.transport.override = async (_from, protocol, request, answer) => {
      if (protocol !== past.id) return answer();
      await time.wait(4_000);
      const { checkpoint: of, after } = past.request.decode(request);
      return past.answer.encode(slow.chain.states.pastOf(of, after, 32));
    };
    const { transport, guard, connectTo } = await startTestNode(internet, "node", { parameters });
    await connectTo(slow);
    const requests = new PeerRequests({ transport, guard, wire: TEST_WIRE, clock: time });
    const { states } = (await newcomer(internet, checkpoint, "empty")).chain;
    const untilMs = time.nowMs() + 20_000;
    const options = { states, requests, guard, checkpoint: checkpoint.hash, clock: time, untilMs };
    const end = fetchPast({ ...options, isStopped: () => false }, "slow");
    await time.run(30_000);
    expect(await end).toBe("late");
  });
});
