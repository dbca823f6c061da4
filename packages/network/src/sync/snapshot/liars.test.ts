import { withSystemContracts } from "@trellis/contracts";
import { constructAccounts } from "@trellis/evm";
import { VirtualTime } from "@trellis/kit/time";
import type { Block } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { READING_LIMITS, SNAPSHOT_LIMITS } from "../limits.ts";
import { boasting } from "../testing/boasting.ts";
import { startTestNode, TEST_WIRE, type TestNode } from "../testing/TestNode.ts";
import { TestInternet } from "../testing/TestTransport.ts";
import { mineMany, openTestChain, TEST_PARAMETERS, TEST_START_MS, tampered } from "../testing/testChain.ts";

const { codes, headers, hello, stateRange } = TEST_WIRE.protocols;
const STAKED = { staking: { validators: [], timeFloorSeconds: 60 }, construct: constructAccounts };
const parameters = withSystemContracts(TEST_PARAMETERS, STAKED);
const THIEF = `0x${"77".repeat(20)}` as const;
const forgedParameters = withSystemContracts(
  {
    ...TEST_PARAMETERS,
    genesis: { ...TEST_PARAMETERS.genesis, accounts: [{ address: THIEF, balance: 10n ** 30n }] },
  },
  STAKED,
);
const trunk = await mineMany(250, { payEvery: 0, parameters });
const COUNT = 150;
const checkpoint = trunk[79]!;
const FINAL = COUNT - parameters.finalityDepth;

function newInternet(startMs = TEST_START_MS): TestInternet {
  return new TestInternet(new VirtualTime(startMs));
}

async function full(internet: TestInternet, name: string, blocks = trunk.slice(0, COUNT)): Promise<TestNode> {
  const node = await startTestNode(internet, name, { parameters });
  await grow(node, blocks);
  return node;
}

async function grow({ chain }: TestNode, blocks: readonly Block[]): Promise<void> {
  for (let at = 0; at < blocks.length; at += 5) await chain.exchange.importBlocks(blocks.slice(at, at + 5));
}

async function honest(internet: TestInternet): Promise<TestNode[]> {
  return Promise.all(["a", "b", "c"].map((name) => full(internet, name)));
}

function syncingNode(internet: TestInternet): Promise<TestNode> {
  return startTestNode(internet, "node", { checkpoint: checkpoint.hash, parameters });
}

async function runUntilAt({ time }: TestInternet, { chain, sync }: TestNode, { hash }: Block, ms = 300_000) {
  await time.run(ms, () => chain.view.head().hash === hash && sync.progress() === undefined);
  expect(chain.view.head().hash).toBe(hash);
}

/** Mines a light branch with a forged state. */
async function forger(internet: TestInternet): Promise<{ liar: TestNode; forged: Block }> {
  const before = trunk.slice(0, FINAL);
  const other = await openTestChain({ nowMs: () => TEST_START_MS }, undefined, forgedParameters);
  const { stateRoot } = other.view.blockByNumber(0)!.header;
  const branch: Block[] = [];
  const good = await mineMany(parameters.votes.depth + 1, { on: before, miner: 5, payEvery: 0, parameters });
  for (const block of good) {
    const parents = branch.length === 0 ? block.header.parents : [branch.at(-1)!.hash];
    branch.push(tampered(block, { stateRoot, parents }));
  }
  const [forged, tip] = [branch[0]!, branch.at(-1)!];
  const path = [...before, ...branch];
  const liar = await full(internet, "liar", before);
  let hellos = 0;
  liar.transport.override = async (_from, protocol, request, answer) => {
    if (protocol === hello.id) {
      const { number, blueWork } = tip.header;
      const sink = { hash: tip.hash, number, blueWork: hellos++ === 0 ? 2n ** 200n : blueWork };
      const told = hello.answer.decode(await answer());
      return hello.answer.encode({ ...told, sink, tips: [tip.hash], states: [forged.hash] });
    }
    if (protocol === headers.id) {
      const { locator } = headers.request.decode(request);
      const at = path.findLastIndex(({ hash }) => locator.includes(hash));
      const rest = path.slice(at + 1).map(({ header }) => header);
      return headers.answer.encode({
        from: at < 0 ? liar.chain.view.genesisHash : path[at]!.hash,
        headers: rest,
        isEnd: true,
      });
    }
    if (protocol === stateRange.id) {
      const { owner, from, bytesMax } = stateRange.request.decode(request);
      const range = await other.states.stateRange(other.view.genesisHash, owner, from, bytesMax);
      return stateRange.answer.encode(range);
    }
    if (protocol !== codes.id) return answer();
    const { hashes } = codes.request.decode(request);
    return codes.answer.encode({ codes: hashes.map((hash) => other.states.code(hash)) });
  };
  return { liar, forged };
}

describe("state of a chain that nobody has executed [SYNC-22] [SYNC-30]", () => {
  it.each([0, 10_000])(
    "is not imported from a lighter chain whose peer was met %i ms before the others",
    async (ms) => {
      const internet = newInternet();
      const peers = await honest(internet);
      const { liar, forged } = await forger(internet);
      const node = await syncingNode(internet);
      const startImport = node.chain.states.startImport;
      const imported: string[] = [];
      node.chain.states.startImport = (block) => {
        imported.push(block);
        return startImport(block);
      };
      await node.connectTo(liar);
      await internet.time.run(ms);
      await node.connectTo(...peers);
      await runUntilAt(internet, node, trunk[COUNT - 1]!);
      expect(imported).not.toContain(forged.hash);
      expect(node.chain.view.stateAt(node.chain.view.head().hash)?.account(THIEF)).toBeUndefined();
    },
  );

  it("is abandoned when a heavier chain is proven before it is deep enough", async () => {
    const internet = newInternet();
    const peers = await honest(internet);
    const { liar, forged } = await forger(internet);
    const node = await syncingNode(internet);
    await node.connectTo(liar);
    const { states } = node.chain;
    await internet.time.run(120_000, () => states.currentImport()?.missing(1).length === 0);
    await internet.time.run(60_000);
    expect(states.currentImport()?.block).toBe(forged.hash);
    expect(node.sync.progress()).toMatchObject({ phase: "snapshot-state" });
    await node.connectTo(...peers);
    await runUntilAt(internet, node, trunk[COUNT - 1]!);
    expect(node.chain.view.stateAt(node.chain.view.head().hash)?.account(THIEF)).toBeUndefined();
  });

  it("becomes the base state when it is as deep as finality by depth, and no earlier", async () => {
    const internet = newInternet();
    const peers = await honest(internet);
    const shallow = trunk[COUNT - 20]!;
    for (const { transport } of peers) {
      transport.override = async (_from, protocol, _request, answer) => {
        if (protocol !== hello.id) return answer();
        return hello.answer.encode({ ...hello.answer.decode(await answer()), states: [shallow.hash] });
      };
    }
    const node = await syncingNode(internet);
    await node.connectTo(...peers);
    const { states } = node.chain;
    await internet.time.run(60_000, () => states.currentImport()?.missing(1).length === 0);
    const last = COUNT - 20 + parameters.finalityDepth;
    for (const [count, underway] of [
      [last, shallow.hash],
      [last + 1, undefined],
    ] as const) {
      for (const peer of peers) await grow(peer, trunk.slice(COUNT, count));
      await internet.time.run(60_000);
      expect(states.currentImport()?.block).toBe(underway);
    }
    await runUntilAt(internet, node, trunk[last]!);
    expect(node.chain.view.oldestNumber()).toBe(shallow.header.number + 1);
    expect(node.guard.reports).toEqual([]);
  });
});

describe("peer with endless headers [SYNC-22]", () => {
  async function endless(internet: TestInternet, path: readonly Block[], waitMs: number): Promise<TestNode> {
    const liar = await startTestNode(internet, "liar", { parameters });
    liar.transport.override = boasting(async (_from, _protocol, request) => {
      await internet.time.wait(waitMs);
      const { locator } = headers.request.decode(request);
      const at = path.findLastIndex(({ hash }) => locator.includes(hash));
      const page = path.slice(at + 1, at + 1 + READING_LIMITS.pageHeadersMin);
      return headers.answer.encode({
        from: at < 0 ? liar.chain.view.genesisHash : path[at]!.hash,
        headers: page.map(({ header }) => header),
        isEnd: false,
      });
    });
    return liar;
  }

  it("gives way to others, and delays nobody beyond its own turn", async () => {
    const internet = newInternet();
    const peers = await honest(internet);
    const path = await mineMany(3_300, { miner: 9, payEvery: 0, intervalMs: 100, parameters });
    const liar = await endless(internet, path, 2_500);
    const node = await syncingNode(internet);
    await node.connectTo(liar, ...peers);
    const { time } = internet;
    const fromMs = time.nowMs();
    const isAsked = () => peers.some(({ transport }) => transport.answered.has(headers.id));
    await time.run(600_000, isAsked);
    expect(time.nowMs() - fromMs).toBeLessThan(SNAPSHOT_LIMITS.turnMs + 10_000);
    await runUntilAt(internet, node, trunk[COUNT - 1]!);
    expect(time.nowMs() - fromMs).toBeLessThan(2 * SNAPSHOT_LIMITS.turnMs + 30_000);
    expect(node.guard.reports).toEqual([]);
  });

  it("cannot deliver more than can exist since genesis", async () => {
    const minuteMs = 60_000;
    const internet = newInternet(TEST_PARAMETERS.genesis.timestampMs + minuteMs);
    const path = await mineMany(1_000, { miner: 9, payEvery: 0, intervalMs: 50, parameters });
    const liar = await endless(internet, path, 0);
    const node = await syncingNode(internet);
    await node.connectTo(liar);
    await internet.time.run(60_000, () => node.guard.reports.length > 0);
    expect(node.guard.offencesOf("liar")).toEqual(["falseClaim"]);
    const isHere = path.filter(({ hash }) => node.chain.exchange.has(hash));
    expect(isHere.length).toBeLessThan(2 * 60 + READING_LIMITS.headersPerPage + 10);
  });
});
