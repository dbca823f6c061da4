import { type LogFacts, silentLog } from "@trellis/base";
import { VirtualTime } from "@trellis/kit/time";
import type { Block } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { READING_LIMITS, ROUND_LIMITS } from "../limits.ts";
import { boasting } from "../testing/boasting.ts";
import { startTestNode, TEST_WIRE, type TestNode, type TestNodeOptions } from "../testing/TestNode.ts";
import { TestInternet } from "../testing/TestTransport.ts";
import { mineMany, STATE_SPACING, TEST_START_MS } from "../testing/testChain.ts";

const { bodies, headers, stateRange, blocks: blocksProtocol } = TEST_WIRE.protocols;
const trunk = await mineMany(300, { payEvery: 20 });
const checkpoint = trunk[79]!;

function newInternet(): TestInternet {
  return new TestInternet(new VirtualTime(TEST_START_MS));
}

function syncingNode(internet: TestInternet, trusted: Block = checkpoint, options: TestNodeOptions = {}) {
  return startTestNode(internet, "node", { checkpoint: trusted.hash, ...options });
}

async function full(internet: TestInternet, name: string, count = 150): Promise<TestNode> {
  const node = await startTestNode(internet, name);
  await grow(node, 0, count);
  return node;
}

async function grow({ chain }: TestNode, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += 5) await chain.exchange.importBlocks(trunk.slice(at, at + 5));
}

async function runUntilThere(
  internet: TestInternet,
  { chain, sync }: TestNode,
  count = 150,
  ms = 120_000,
): Promise<void> {
  const { hash } = trunk[count - 1]!;
  await internet.time.run(ms, () => chain.view.head().hash === hash && sync.progress() === undefined);
  expect(chain.view.head().hash).toBe(hash);
}

it("SYNC_BUSY: accepts no block before the state is imported", async () => {
  const node = await syncingNode(newInternet());
  expect(await node.sync.queue.offer(trunk[0]!, "a")).toMatchObject({
    error: { code: "SYNC_BUSY", facts: { reason: "state sync in progress" } },
  });
});

it("syncs headers, then a final state above the checkpoint, then blocks [SYNC-22] [SYNC-23]", async () => {
  const internet = newInternet();
  const peers = [await full(internet, "a"), await full(internet, "b")];
  const node = await syncingNode(internet);
  expect(node.sync.progress()).toMatchObject({ phase: "snapshot-headers" });
  await node.connectTo(...peers);
  await runUntilThere(internet, node);
  const final = peers[0]!.chain.view.finalized().header.number;
  const pivot = node.chain.view.oldestNumber() - 1;
  expect(pivot).toBe(final - (final % STATE_SPACING));
  expect(node.guard.reports).toEqual([]);
  const bodyRequests = peers.map(({ transport }) => transport.answered.get(bodies.id) ?? 0);
  expect(bodyRequests[0]! + bodyRequests[1]!).toBeLessThanOrEqual(3);
  for (const { transport } of peers) expect(transport.answered.get(stateRange.id)).toBeGreaterThan(0);
  expect(peers[0]!.transport.answered.get(blocksProtocol.id)).toBeUndefined();
});

it("requests unproven data from another peer, and reports it [SYNC-23]", async () => {
  const internet = newInternet();
  const honest = await full(internet, "honest");
  const liar = await full(internet, "liar");
  liar.transport.override = async (_from, protocol, _request, answer) => {
    if (protocol !== stateRange.id) return answer();
    const range = stateRange.answer.decode(await answer());
    const changed = range.entries.map(({ key }) => ({ key, value: Uint8Array.of(255) }));
    return stateRange.answer.encode({ ...range, entries: changed, isEnd: true, proof: [] });
  };
  const node = await syncingNode(internet);
  await node.connectTo(liar, honest);
  await runUntilThere(internet, node);
  expect(node.guard.offencesOf("liar")).toEqual(["falseAnswer"]);
  expect(node.guard.offencesOf("honest")).toEqual([]);
});

it("replaces a state that no peer keeps by a newer one, and keeps equal parts [SYNC-24]", async () => {
  const internet = newInternet();
  const peer = await full(internet, "peer");
  await peer.connectTo(await full(internet, "other"));
  await internet.time.run(30_000);
  const given = { count: 0, isHeld: true };
  peer.transport.override = async (_from, protocol, _request, answer) =>
    protocol === stateRange.id && given.isHeld && ++given.count > 10 ? "never" : answer();
  const node = await syncingNode(internet);
  await node.connectTo(peer);
  await internet.time.run(30_000, () => given.count > 10);
  const first = node.chain.states.currentImport()!.block;
  expect(peer.chain.states.kept()).toContain(first);
  await grow(peer, 150, 300);
  expect(peer.chain.states.kept()).not.toContain(first);
  given.isHeld = false;
  await runUntilThere(internet, node, 300);
  expect(node.chain.view.oldestNumber()).toBeGreaterThan(200);
  // Requests sixteen parts, then only missing or changed parts.
  expect(peer.transport.answered.get(stateRange.id)).toBeLessThan(10 + 16 + 8);
  expect(node.guard.offencesOf("peer").filter((offence) => offence !== "stalling")).toEqual([]);
});

it("resumes an unfinished state after a restart, or starts a newer one [SYNC-23]", async () => {
  const internet = newInternet();
  const peer = await full(internet, "peer");
  peer.transport.override = async (_from, protocol, _request, answer) =>
    protocol === stateRange.id && (peer.transport.answered.get(protocol) ?? 0) > 6 ? "never" : answer();
  const node = await syncingNode(internet);
  await node.connectTo(peer);
  await internet.time.run(30_000, () => (peer.transport.answered.get(stateRange.id) ?? 0) > 6);
  await node.stop();
  peer.transport.override = undefined;
  await grow(peer, 150, 300);
  const again = await syncingNode(internet, checkpoint, { store: node.chain.store });
  expect(again.sync.progress()).toMatchObject({ phase: "snapshot-state" });
  await again.connectTo(peer);
  await runUntilThere(internet, again, 300);
  expect(again.guard.reports).toEqual([]);
});

it("reports a checkpoint that is on no peer's chain, and penalizes nobody [SYNC-22]", async () => {
  const internet = newInternet();
  const peers = [await full(internet, "a"), await full(internet, "b")];
  const [other] = await mineMany(1, { miner: 7 });
  const warnings: LogFacts[] = [];
  const log = { ...silentLog, warn: (_event: string, facts: LogFacts = {}) => void warnings.push(facts) };
  const node = await syncingNode(internet, other, { ports: { log } });
  await node.connectTo(...peers);
  await internet.time.run(3_000);
  expect(node.sync.problem()).toContain(other!.hash);
  expect(warnings).toMatchObject([{ checkpoint: other!.hash, peers: 2 }]);
  expect(node.chain.states.currentImport()).toBeUndefined();
  expect(node.guard.reports).toEqual([]);
  await internet.time.run(60_000);
  expect(peers[0]!.transport.answered.get(headers.id)).toBeLessThan(10);
});

it("does not trust a peer without a checkpoint that others have [SYNC-22]", async () => {
  const internet = newInternet();
  const honest = await full(internet, "honest");
  const liar = await startTestNode(internet, "liar", {
    blocks: await mineMany(160, { miner: 7, payEvery: 50 }),
  });
  const node = await syncingNode(internet);
  await node.connectTo(liar, honest);
  await runUntilThere(internet, node);
  expect(node.guard.offencesOf("honest")).toEqual([]);
  expect(node.sync.problem()).toBeUndefined();
});

async function boaster(internet: TestInternet, first: (page: number) => number, waitMs = 0) {
  const liar = await startTestNode(internet, "liar");
  let pages = 0;
  liar.transport.override = boasting(async () => {
    await internet.time.wait(waitMs);
    const at = first(pages++);
    const page = trunk.slice(at, at + READING_LIMITS.pageHeadersMin).map(({ header }) => header);
    return headers.answer.encode({ from: liar.chain.view.genesisHash, headers: page, isEnd: false });
  });
  return liar;
}

it("a peer that claims the most and repeats its first page delays nobody [SYNC-22]", async () => {
  const internet = newInternet();
  const honest = await full(internet, "honest");
  const liar = await boaster(internet, () => 0);
  const node = await syncingNode(internet);
  await node.connectTo(liar, honest);
  await runUntilThere(internet, node);
  expect(node.guard.offencesOf("liar")).toEqual(["falseClaim"]);
  expect(node.guard.offencesOf("honest")).toEqual([]);
});

it("a peer that sends one header per page delays nobody longer than a stall [SYNC-22]", async () => {
  const internet = newInternet();
  const honest = await full(internet, "honest");
  const liar = await boaster(internet, (page) => page, 1_000);
  const node = await syncingNode(internet);
  const startMs = internet.time.nowMs();
  await node.connectTo(liar, honest);
  await runUntilThere(internet, node);
  expect(internet.time.nowMs() - startMs).toBeLessThan(ROUND_LIMITS.stallMs + 10_000);
  expect(node.guard.reports).toEqual([]);
});

it("refuses states that are not deep enough, off the chain, or unknown [SYNC-22]", async () => {
  const internet = newInternet();
  const peer = await full(internet, "peer");
  const { hello } = TEST_WIRE.protocols;
  const [beside] = await mineMany(1, { miner: 9, on: trunk.slice(0, 90) });
  await peer.chain.exchange.importBlocks([beside!]);
  const claimed = [trunk[148]!, beside!, (await mineMany(1, { miner: 8 }))[0]!, trunk[70]!];
  peer.transport.override = async (_from, protocol, _request, answer) => {
    if (protocol !== hello.id) return answer();
    return hello.answer.encode({
      ...hello.answer.decode(await answer()),
      states: claimed.map(({ hash }) => hash),
    });
  };
  const node = await syncingNode(internet);
  await node.connectTo(peer);
  await internet.time.run(20_000);
  expect(node.chain.states.currentImport()).toBeUndefined();
  expect(node.sync.progress()).toMatchObject({ phase: "snapshot-headers", currentBlock: 150 });
});

it("NETWORK_STOPPED: when the chain accepts no state, sync stops permanently and penalizes nobody [SYNC-21]", async () => {
  const internet = newInternet();
  const peer = await full(internet, "peer");
  const errors: string[] = [];
  const log = { ...silentLog, error: (event: string) => void errors.push(event) };
  const node = await syncingNode(internet, checkpoint, { ports: { log } });
  let imports = 0;
  node.chain.states.startImport = () => {
    imports++;
    throw new RangeError("the disk is full");
  };
  await node.connectTo(peer);
  await internet.time.run(60_000);
  expect(errors).toHaveLength(1);
  expect(imports).toBe(1);
  expect(node.sync.progress()).toBeUndefined();
  expect(node.guard.reports).toEqual([]);
  expect(await node.sync.queue.offer(trunk[0]!, "peer")).toMatchObject({
    error: { code: "NETWORK_STOPPED" },
  });
});

it("trusts the checkpoint at any depth, and serves its state while it is not final [SYNC-22]", async () => {
  const internet = newInternet();
  const peer = await full(internet, "peer");
  const node = await syncingNode(internet, trunk[144]);
  await node.connectTo(peer);
  await runUntilThere(internet, node);
  expect(node.chain.view.oldestNumber()).toBe(trunk[144]!.header.number + 1);
});

it("syncs a chain that has executed blocks as usual [SYNC-22]", async () => {
  const internet = newInternet();
  const peer = await full(internet, "peer");
  const node = await syncingNode(internet, checkpoint, { blocks: trunk.slice(0, 10) });
  expect(node.sync.progress()).toBeUndefined();
  await node.connectTo(peer);
  await runUntilThere(internet, node);
});

describe("peer with an imported state [SYNC-28]", () => {
  async function syncedNode(internet: TestInternet): Promise<{ node: TestNode; oldest: number }> {
    const peer = await full(internet, "giver");
    const node = await syncingNode(internet);
    await node.connectTo(peer);
    await runUntilThere(internet, node);
    await peer.stop();
    const { number, hash } = node.chain.exchange.oldest();
    expect(hash).toBe(trunk[number - 1]!.hash);
    expect(number).toBeGreaterThan(100);
    return { node, oldest: number };
  }
  const requestsTo = ({ transport }: TestNode) =>
    [headers, bodies, blocksProtocol].map(({ id }) => transport.answered.get(id) ?? 0);

  it("is neither asked for data below it nor penalized, however far behind the other is", async () => {
    const internet = newInternet();
    const { node, oldest } = await syncedNode(internet);
    for (const behind of [1, 10, 60]) {
      const late = await startTestNode(internet, `${behind} behind`, {
        blocks: trunk.slice(0, oldest - behind),
      });
      const before = requestsTo(node);
      await late.connectTo(node);
      void late.sync.queue.offer(trunk[149]!, "node");
      await internet.time.run(30_000);
      expect(late.guard.reports).toEqual([]);
      expect(requestsTo(node)).toEqual(before);
      const archive = await startTestNode(internet, "archive", { blocks: trunk.slice(0, 150) });
      await late.connectTo(archive);
      await runUntilThere(internet, late);
      expect(late.guard.reports).toEqual([]);
      await archive.stop();
    }
  });

  it("serves all blocks above it to a node that has that block", async () => {
    const internet = newInternet();
    const { node, oldest } = await syncedNode(internet);
    const near = await startTestNode(internet, "near", { blocks: trunk.slice(0, oldest) });
    await near.connectTo(node);
    await runUntilThere(internet, near);
    expect(near.guard.reports).toEqual([]);
  });

  it("is not penalized for data pruned since its announcement", async () => {
    const internet = newInternet();
    const { node, oldest } = await syncedNode(internet);
    const { exchange } = node.chain;
    const now = exchange.oldest();
    const genesis = { hash: node.chain.view.genesisHash, number: 0 };
    for (const behind of [10, 60]) {
      exchange.oldest = () => genesis;
      const late = await startTestNode(internet, `${behind} late`, {
        blocks: trunk.slice(0, oldest - behind),
      });
      await late.connectTo(node);
      exchange.oldest = () => now;
      await internet.time.run(30_000);
      expect(late.guard.reports).toEqual([]);
    }
    exchange.oldest = () => genesis;
    const late = await startTestNode(internet, "late", { blocks: trunk.slice(0, oldest - 10) });
    await late.connectTo(node);
    await internet.time.run(30_000);
    expect(late.guard.offencesOf("node")).toEqual(["falseClaim"]);
  });
});
