import { VirtualTime } from "@trellis/kit/time";
import type { Block } from "@trellis/protocol";
import { expect, it } from "vitest";
import { AdoptedStates, servedStates } from "../fixtures/FakeStates.ts";
import { startTestNode, TEST_WIRE, type TestNode } from "../fixtures/TestNode.ts";
import { TestInternet } from "../fixtures/TestTransport.ts";
import { mineMany, TEST_PARAMETERS, TEST_START_MS } from "../fixtures/testChain.ts";

const { bodies, stateRange, blocks: blocksProtocol } = TEST_WIRE.protocols;
const trunk = await mineMany(150, { payEvery: 20 });
const sink = trunk.at(-1)!;
const checkpoint = trunk[79]!;
const pivot = trunk[149 - Math.floor(TEST_PARAMETERS.finalityDepth / 2)]!;

function newInternet(): TestInternet {
  return new TestInternet(new VirtualTime(TEST_START_MS));
}

async function startAdopting(internet: TestInternet, known: readonly Block[] = trunk, trusted = checkpoint) {
  const held: { states?: AdoptedStates } = {};
  const node = await startTestNode(internet, "node", {
    checkpoint: trusted.hash,
    wrap: (chain) => {
      held.states = new AdoptedStates(chain, known);
      return { chain: held.states.chain, states: held.states };
    },
  });
  return { node, states: held.states! };
}

function full(internet: TestInternet, name: string, isKept: (block: string) => boolean = () => true) {
  return startTestNode(internet, name, { blocks: trunk, states: servedStates(isKept) });
}

async function runUntilThere(internet: TestInternet, { chain, sync }: TestNode, ms = 120_000): Promise<void> {
  const isThere = () => chain.view.head().hash === sink.hash && sync.progress() === undefined;
  await internet.time.run(ms, isThere);
  expect(chain.view.head().hash).toBe(sink.hash);
}

it("STATE_UNDERWAY: no block is taken before the state is here", async () => {
  const { node } = await startAdopting(newInternet());
  expect(await node.sync.desk.offer(trunk[0]!, "a")).toMatchObject({ error: { code: "STATE_UNDERWAY" } });
});

it("headers, then the state above the checkpoint, then blocks [SYNC-22] [SYNC-23]", async () => {
  const internet = newInternet();
  const peers = [await full(internet, "a"), await full(internet, "b")];
  const { node, states } = await startAdopting(internet);
  expect(node.sync.progress()).toMatchObject({ phase: "snapshot-headers" });
  await node.connectTo(...peers);
  await runUntilThere(internet, node);
  expect(states.adopted).toEqual([pivot.hash]);
  expect(node.guard.reports).toEqual([]);
  // Bodies below the state were never asked for, and each peer gave of the state.
  const bodyRequests = peers.map(({ transport }) => transport.answered.get(bodies.id) ?? 0);
  expect(bodyRequests[0]! + bodyRequests[1]!).toBeLessThanOrEqual(3);
  for (const { transport } of peers) expect(transport.answered.get(stateRange.id)).toBeGreaterThan(0);
  expect(peers[0]!.transport.answered.get(blocksProtocol.id)).toBeUndefined();
});

it("what is not proven is asked of another, and reported [SYNC-23]", async () => {
  const internet = newInternet();
  const honest = await full(internet, "honest");
  const liar = await full(internet, "liar");
  liar.transport.override = async (_from, protocol, _request, answer) => {
    if (protocol !== stateRange.id) return answer();
    const range = stateRange.answer.decode(await answer());
    const changed = range.entries.map(({ key }) => ({ key, value: Uint8Array.of(255) }));
    return stateRange.answer.encode({ ...range, entries: changed });
  };
  const { node } = await startAdopting(internet);
  await node.connectTo(liar, honest);
  await runUntilThere(internet, node);
  expect(node.guard.offencesOf("liar")).toEqual(["falseAnswer"]);
  expect(node.guard.offencesOf("honest")).toEqual([]);
});

it("a state that nobody has any more is given up for a newer one [SYNC-24]", async () => {
  const internet = newInternet();
  const kept = { isGone: true };
  const peer = await full(internet, "peer", () => !kept.isGone);
  const { node, states } = await startAdopting(internet);
  await node.connectTo(peer);
  await internet.time.run(60_000, () => states.adopted.length === 2);
  expect(states.adopted.length).toBe(2);
  kept.isGone = false;
  await runUntilThere(internet, node);
  expect(node.guard.offencesOf("peer")).toEqual([]);
});

it("a peer without the checkpoint on its chain is not believed [SYNC-22]", async () => {
  const internet = newInternet();
  const peer = await full(internet, "peer");
  const [other] = await mineMany(1, { miner: 7 });
  const { node, states } = await startAdopting(internet, trunk, other);
  await node.connectTo(peer);
  await internet.time.run(3_000);
  expect(states.adopted).toEqual([]);
  expect(node.guard.offencesOf("peer")).toEqual(["falseClaim"]);
});

it("a chain that has executed blocks of its own is synced as ever [SYNC-22]", async () => {
  const internet = newInternet();
  const peer = await full(internet, "peer");
  const node = await startTestNode(internet, "node", {
    blocks: trunk.slice(0, 10),
    checkpoint: checkpoint.hash,
  });
  expect(node.sync.progress()).toBeUndefined();
  await node.connectTo(peer);
  await runUntilThere(internet, node);
});
