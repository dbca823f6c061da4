import { seededRandom } from "@trellis/kit";
import { VirtualTime } from "@trellis/kit/time";
import type { Block } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { FINALITY_GATE_LIMITS } from "../limits.ts";
import { boasting } from "../testing/boasting.ts";
import { startTestNode, TEST_WIRE, type TestNode } from "../testing/TestNode.ts";
import { type Override, TestInternet } from "../testing/TestTransport.ts";
import { mineMany, mineRandomDag, TEST_PARAMETERS, TEST_START_MS, tampered } from "../testing/testChain.ts";

const { headers, hello } = TEST_WIRE.protocols;

const trunk = await mineMany(300, { payEvery: 100 });
const fork = await mineMany(3 * TEST_PARAMETERS.finalityDepth, { miner: 9, payEvery: 1_000 });
const isOnFork = (node: TestNode) => fork.some(({ hash }) => hash === node.chain.view.head().hash);
const finalNumber = ({ chain }: TestNode) => chain.view.finalized().header.number;

function newInternet(): TestInternet {
  return new TestInternet(new VirtualTime(TEST_START_MS));
}

/** Never answers the request after the last page. */
function endless(blocks: readonly Block[]): Override {
  return async (_from, _protocol, request) => {
    const { locator } = headers.request.decode(request);
    const at = blocks.findLastIndex(({ hash }) => locator.includes(hash));
    if (at === blocks.length - 1) return "never";
    const page = blocks.slice(at + 1, at + 33).map(({ header }) => header);
    return headers.answer.encode({
      from: blocks[at]?.hash ?? trunk[0]!.header.parents[0]!,
      headers: page,
      isEnd: false,
    });
  };
}

async function threeHonest(internet: TestInternet): Promise<TestNode[]> {
  return Promise.all(["a", "b", "c"].map((name) => startTestNode(internet, name, { blocks: trunk })));
}

async function liarOf(internet: TestInternet): Promise<TestNode> {
  const liar = await startTestNode(internet, "liar", { blocks: fork });
  liar.transport.override = boasting(endless(fork));
  liar.sync.stop();
  return liar;
}

describe("new node [SYNC-29]", () => {
  it("follows the heaviest chain, though it received a lighter one first", async () => {
    const internet = newInternet();
    const honest = await threeHonest(internet);
    const node = await startTestNode(internet, "node");
    await node.connectTo(await liarOf(internet), ...honest);
    await internet.time.run(600_000);
    expect(node.chain.view.head().hash).toBe(trunk.at(-1)!.hash);
    expect(finalNumber(node)).toBe(finalNumber(honest[0]!));
    for (const name of ["a", "b", "c"]) expect(node.guard.offencesOf(name)).toEqual([]);
    expect(node.guard.offencesOf("liar")).toContain("falseClaim");
  });

  it("also if it meets other peers seconds after the one with the lighter chain", async () => {
    const internet = newInternet();
    const node = await startTestNode(internet, "node");
    await node.connectTo(await liarOf(internet));
    await internet.time.run(10_000);
    expect(isOnFork(node)).toBe(true);
    expect(finalNumber(node)).toBe(0);
    await node.connectTo(...(await threeHonest(internet)));
    await internet.time.run(600_000);
    expect(node.chain.view.head().hash).toBe(trunk.at(-1)!.hash);
    expect(finalNumber(node)).toBeGreaterThan(200);
  });

  it("accepts finality by depth from one peer if it meets no other", async () => {
    const internet = newInternet();
    const node = await startTestNode(internet, "node");
    const only = await startTestNode(internet, "only", { blocks: trunk });
    await node.connectTo(only);
    await internet.time.run(10_000);
    expect(node.chain.view.head().hash).toBe(trunk.at(-1)!.hash);
    expect(finalNumber(node)).toBe(0);
    await internet.time.run(20_000);
    expect(finalNumber(node)).toBe(finalNumber(only));
  });

  it("also if the lighter chain has higher numbers, whenever it meets others", async () => {
    const dag = await mineRandomDag(500, 4, seededRandom(7));
    const linear = await mineMany(350, { miner: 9, payEvery: 1_000, intervalMs: 5_000 });
    for (const delayMs of [10_000, 10_500, 11_000]) {
      const internet = newInternet();
      const honest = await Promise.all(
        ["a", "b", "c"].map((name) => startTestNode(internet, name, { blocks: dag })),
      );
      const { number, blueWork } = honest[0]!.chain.view.head().header;
      expect(linear.at(-1)!.header.number).toBeGreaterThan(number);
      expect(linear.at(-1)!.header.blueWork).toBeLessThan(blueWork);
      const node = await startTestNode(internet, "node");
      await node.connectTo(await startTestNode(internet, "light", { blocks: linear }));
      await internet.time.run(delayMs);
      await node.connectTo(...honest);
      await internet.time.run(300_000);
      expect(node.chain.view.head().hash).toBe(honest[0]!.chain.view.head().hash);
      expect(finalNumber(node)).toBe(finalNumber(honest[0]!));
    }
  });

  it.each([
    ["less", trunk[299]!],
    ["more", trunk[249]!],
  ])("passes the turn of a diverging chain to one that claims %s, after a minute", async (_, claimed) => {
    const internet = newInternet();
    const node = await startTestNode(internet, "node");
    await node.connectTo(await startTestNode(internet, "behind", { blocks: trunk.slice(0, 200) }));
    await internet.time.run(10_000);
    expect(node.chain.view.head().hash).toBe(trunk[199]!.hash);
    expect(finalNumber(node)).toBe(0);
    const slow = await mineMany(160, { miner: 9, payEvery: 1_000 });
    const liar = await startTestNode(internet, "liar", { blocks: slow });
    let requests = 0;
    const boast = boasting(async (...given) => {
      if (requests++ > 0) await internet.time.wait(14_000);
      return endless(slow)(...given);
    });
    liar.transport.override = async (from, protocol, request, answer) => {
      const bytes = await boast(from, protocol, request, answer);
      if (protocol !== hello.id || bytes === "never") return bytes;
      const told = hello.answer.decode(bytes);
      const blueWork = claimed.header.blueWork + 1n;
      return hello.answer.encode({ ...told, sink: { ...told.sink, blueWork } });
    };
    liar.sync.stop();
    const startMs = internet.time.nowMs();
    await node.connectTo(liar);
    await internet.time.run(100);
    await node.connectTo(...(await threeHonest(internet)));
    await internet.time.run(300_000, () => node.chain.view.head().hash === trunk.at(-1)!.hash);
    const tookMs = internet.time.nowMs() - startMs;
    expect(tookMs).toBeGreaterThan(FINALITY_GATE_LIMITS.turnMs);
    expect(tookMs).toBeLessThan(FINALITY_GATE_LIMITS.turnMs + 5_000);
  });

  it("does not wait indefinitely for a peer with useless headers", async () => {
    const internet = newInternet();
    const genesis = trunk[0]!.header.parents[0]!;
    const tomorrow = TEST_START_MS + 86_400_000;
    const early: Block[] = [];
    for (const block of trunk.slice(0, 40)) {
      const parents = [early.at(-1)?.hash ?? genesis];
      early.push(tampered(block, { timestampMs: tomorrow, parents }));
    }
    const honest = await threeHonest(internet);
    const liar = await startTestNode(internet, "liar");
    liar.transport.override = boasting(async (_from, _protocol, request) => {
      const page = early.slice(0, headers.request.decode(request).countMax).map(({ header }) => header);
      return headers.answer.encode({ from: genesis, headers: page, isEnd: false });
    });
    liar.sync.stop();
    const [newcomer, old] = [
      await startTestNode(internet, "newcomer"),
      await startTestNode(internet, "old", { blocks: trunk.slice(0, 250) }),
    ];
    for (const node of [newcomer, old]) await node.connectTo(liar, ...honest);
    await internet.time.run(300_000);
    for (const node of [newcomer, old]) expect(finalNumber(node)).toBe(finalNumber(honest[0]!));
  });

  it("does not wait indefinitely for a peer that claims much and answers nothing", async () => {
    const internet = newInternet();
    const honest = await threeHonest(internet);
    const silent = await startTestNode(internet, "silent");
    silent.transport.override = boasting(async () => "never");
    const node = await startTestNode(internet, "node");
    await node.connectTo(silent, ...honest);
    await internet.time.run(120_000);
    expect(finalNumber(node)).toBe(finalNumber(honest[0]!));
  });
});
