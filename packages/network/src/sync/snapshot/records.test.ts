import { VirtualTime } from "@trellis/kit/time";
import { parametersOfShard, withShards } from "@trellis/protocol";
import { expect, it } from "vitest";
import { startTestNode, TEST_WIRE, type TestNode } from "../testing/TestNode.ts";
import { TestInternet } from "../testing/TestTransport.ts";
import { mineMany, TEST_PARAMETERS, TEST_START_MS } from "../testing/testChain.ts";

const { stateRange } = TEST_WIRE.protocols;
/** Shard 0 of three. */
const parameters = parametersOfShard(
  withShards({ ...TEST_PARAMETERS, gasLimit: 5_000_000n, bodyBytesMax: 2 ** 22 }, 3),
  0,
);
const trunk = await mineMany(150, { payEvery: 20, parameters });
const checkpoint = trunk[79]!.hash;

function newInternet(): TestInternet {
  return new TestInternet(new VirtualTime(TEST_START_MS));
}

async function full(internet: TestInternet, name: string): Promise<TestNode> {
  const node = await startTestNode(internet, name, { parameters });
  for (let at = 0; at < trunk.length; at += 5)
    await node.chain.exchange.importBlocks(trunk.slice(at, at + 5));
  return node;
}

async function runUntilThere({ time }: TestInternet, { chain, sync }: TestNode): Promise<void> {
  const { hash } = trunk.at(-1)!;
  await time.run(120_000, () => chain.view.head().hash === hash && sync.progress() === undefined);
  expect(chain.view.head().hash).toBe(hash);
}

it("SYNC-STATE-7: shard 0 of several starts from a state, whose blocks above name older anchors", async () => {
  const internet = newInternet();
  const peers = [await full(internet, "a"), await full(internet, "b")];
  const node = await startTestNode(internet, "node", { parameters, checkpoint });
  await node.connectTo(...peers);
  await runUntilThere(internet, node);
  const pivot = node.chain.view.oldestNumber() - 1;
  expect(pivot).toBeGreaterThan(80);
  const { anchor } = node.chain.view.header(trunk[pivot]!.hash)!;
  expect([anchor!.number > 0, anchor!.number < pivot]).toEqual([true, true]);
  expect(node.guard.reports).toEqual([]);
});

it("falseAnswer: unproven records, which another peer then proves", async () => {
  const internet = newInternet();
  const [liar, honest] = [await full(internet, "liar"), await full(internet, "honest")];
  liar.transport.override = async (_from, protocol, request, answer) => {
    if (protocol !== stateRange.id || stateRange.request.decode(request).bytesMax > 1) return answer();
    return stateRange.answer.encode({ entries: [], proof: [], isEnd: true });
  };
  const node = await startTestNode(internet, "node", { parameters, checkpoint });
  await node.connectTo(liar, honest);
  await runUntilThere(internet, node);
  expect(node.guard.offencesOf("honest")).toEqual([]);
  expect(node.guard.offencesOf("liar").filter((offence) => offence !== "falseAnswer")).toEqual([]);
});

it("waits for a newer state if no peer has the records of the offered ones", async () => {
  const internet = newInternet();
  const peer = await full(internet, "peer");
  const lost = { isLost: true };
  peer.transport.override = async (_from, protocol, request, answer) => {
    if (protocol !== stateRange.id) return answer();
    if (lost.isLost && stateRange.request.decode(request).bytesMax === 1) throw new Error("pruned");
    return answer();
  };
  const node = await startTestNode(internet, "node", { parameters, checkpoint });
  await node.connectTo(peer);
  await internet.time.run(30_000);
  expect(node.chain.states.currentImport()).toBeUndefined();
  expect(node.sync.progress()).toMatchObject({ phase: "snapshot-headers" });
  lost.isLost = false;
  await runUntilThere(internet, node);
});
