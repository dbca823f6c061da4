import { TARGET, testLog, testTopic, testTransaction } from "@trellis/kit/chainView";
import { describe, expect, it } from "vitest";
import { FakeNode, type FakeNodeOptions } from "../testing/FakeNode.ts";

const NOT_FOUND = { error: { code: -32000, message: "filter not found" } };

function open(options: FakeNodeOptions = {}) {
  const node = new FakeNode(options);
  const install = async (kind: string, ...params: unknown[]) =>
    (await node.result(kind, ...params)) as string;
  const poll = (id: string) => node.result("eth_getFilterChanges", id);
  const withLogs = (nonce: bigint, ...topics: number[]) =>
    node.chain.add({
      transactions: [
        { signed: testTransaction({ nonce }), logs: topics.map((topic) => testLog(TARGET, topic)) },
      ],
    });
  return { node, install, poll, withLogs };
}

describe("filters", () => {
  it("of blocks return the hashes since the last poll", async () => {
    const { node, install, poll } = open();
    const id = await install("eth_newBlockFilter");
    expect(await poll(id)).toEqual([]);
    const hashes = [node.chain.add().hash, node.chain.add().hash];
    expect(await poll(id)).toEqual(hashes);
    expect(await poll(id)).toEqual([]);
    const added = node.chain.reorganise(1, [{}, {}]);
    expect(await poll(id)).toEqual(added.map(({ hash }) => hash));
  });

  it("of logs return matches, and removals after a reorganisation", async () => {
    const { node, install, poll, withLogs } = open();
    withLogs(0n, 1);
    const id = await install("eth_newFilter", { topics: [testTopic(1)] });
    const block = withLogs(1n, 1, 2, 1);
    expect(await poll(id)).toMatchObject([{ logIndex: "0x0" }, { logIndex: "0x2", removed: false }]);
    node.chain.reorganise(1, [{}]);
    expect(await poll(id)).toMatchObject([
      { blockHash: block.hash, removed: true },
      { blockHash: block.hash, removed: true },
    ]);
    expect(await node.result("eth_getFilterLogs", id)).toEqual([]);
  });

  it("of logs stay within their range", async () => {
    const { install, poll, withLogs } = open();
    const id = await install("eth_newFilter", { fromBlock: "0x2", toBlock: "0x3" });
    for (let nonce = 0n; nonce < 4n; nonce++) withLogs(nonce, 1);
    expect(await poll(id)).toMatchObject([{ blockNumber: "0x2" }, { blockNumber: "0x3" }]);
  });

  it("of logs return many logs in parts without a gap", async () => {
    const { install, poll, withLogs } = open({ limits: { logsResultsMax: 3, replayBlocksMax: 4 } });
    const id = await install("eth_newFilter", {});
    for (let nonce = 0n; nonce < 10n; nonce++) withLogs(nonce, 1, 2);
    const numbers: number[] = [];
    for (let polls = 0; polls < 9; polls++) {
      const logs = (await poll(id)) as { blockNumber: string }[];
      numbers.push(...logs.map(({ blockNumber }) => Number(blockNumber)));
    }
    expect(numbers).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10]);
  });

  it("of logs return many removals in parts without a gap", async () => {
    const { node, install, poll, withLogs } = open({ limits: { logsResultsMax: 3, replayBlocksMax: 4 } });
    const id = await install("eth_newFilter", {});
    const kept = withLogs(0n, 1);
    for (let nonce = 1n; nonce < 10n; nonce++) withLogs(nonce, 1, 2);
    for (let polls = 0; polls < 9; polls++) await poll(id);
    node.chain.reorganise(9, []);
    const numbers: number[] = [];
    for (let polls = 0; polls < 9; polls++) {
      const logs = (await poll(id)) as { blockNumber: string; removed: boolean }[];
      expect(logs.length).toBeLessThanOrEqual(4);
      for (const { blockNumber, removed } of logs) numbers.push(removed ? Number(blockNumber) : 0);
    }
    expect(numbers).toEqual([10, 10, 9, 9, 8, 8, 7, 7, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2]);
    expect(node.chain.head()).toBe(kept);
  });

  it.each([
    ["results", { logsResultsMax: 3 }],
    ["bytes", { responseBytesMax: 2_000 }],
  ])("of logs stop within a block when an answer is full of %s, and lose nothing", async (_, limits) => {
    const { node, install, poll } = open({ limits });
    const id = await install("eth_newFilter", { topics: [testTopic(1)] });
    const topics = [1, 1, 2, 1, 1, 1, 2, 1];
    for (let block = 0; block < 2; block++) {
      const transactions = [0n, 1n].map((nonce) => ({
        signed: testTransaction({ nonce: nonce + 2n * BigInt(block) }),
        logs: topics.map((topic) => testLog(TARGET, topic)),
      }));
      node.chain.add({ transactions });
    }
    const places: string[] = [];
    for (let polls = 0; polls < 12; polls++) {
      const answers = (await Promise.all([poll(id), poll(id)])) as {
        blockNumber: string;
        logIndex: string;
      }[][];
      for (const logs of answers) {
        expect(logs.length).toBeLessThanOrEqual(4);
        places.push(...logs.map(({ blockNumber, logIndex }) => `${Number(blockNumber)}:${Number(logIndex)}`));
      }
    }
    const wanted = [0, 1, 3, 4, 5, 7, 8, 9, 11, 12, 13, 15];
    expect(places).toEqual([1, 2].flatMap((block) => wanted.map((index) => `${block}:${index}`)));
  });

  it("of logs return removals exactly for what they returned of a block", async () => {
    const { node, install, poll, withLogs } = open({ limits: { logsResultsMax: 3 } });
    const id = await install("eth_newFilter", {});
    withLogs(0n, 1, 1, 1, 1, 1);
    expect(await poll(id)).toHaveLength(3);
    node.chain.reorganise(1, [{}]);
    const logs = (await poll(id)) as { logIndex: string; removed: boolean }[];
    expect(logs.map(({ logIndex, removed }) => [logIndex, removed])).toEqual([
      ["0x0", true],
      ["0x1", true],
      ["0x2", true],
    ]);
    expect(await poll(id)).toEqual([]);
  });

  it("of pending transactions return hashes; they listen to the mempool only while installed", async () => {
    const { node, install, poll } = open();
    const first = await install("eth_newPendingTransactionFilter");
    const { transaction } = node.pool.add(testTransaction());
    const second = await install("eth_newPendingTransactionFilter");
    expect(node.pool.listenerCount).toBe(1);
    expect([await poll(first), await poll(second), await poll(first)]).toEqual([[transaction.hash], [], []]);
    await node.result("eth_uninstallFilter", first);
    await node.result("eth_uninstallFilter", second);
    expect(node.pool.listenerCount).toBe(0);
  });

  it("RPC_NOT_FOUND: a filter", async () => {
    const { node, install, poll } = open();
    expect(await poll("0x1")).toEqual(NOT_FOUND);
    const blocks = await install("eth_newBlockFilter");
    expect(await node.result("eth_getFilterLogs", blocks)).toEqual(NOT_FOUND);
    expect(await node.result("eth_uninstallFilter", blocks)).toBe(true);
    expect(await node.result("eth_uninstallFilter", blocks)).toBe(false);
    expect(await poll(blocks)).toEqual(NOT_FOUND);
  });

  it("RPC_NOT_FOUND: a filter that fell too far behind", async () => {
    const { node, install, poll } = open({ limits: { pendingHashesMax: 2 } });
    const pending = await install("eth_newPendingTransactionFilter");
    for (let nonce = 0n; nonce < 3n; nonce++) node.pool.add(testTransaction({ nonce }));
    expect(await poll(pending)).toEqual(NOT_FOUND);
    expect(node.pool.listenerCount).toBe(0);
    const blocks = await install("eth_newBlockFilter");
    for (let made = 0; made < 5; made++) node.chain.add();
    node.chain.oldest = 4;
    expect(await poll(blocks)).toEqual(NOT_FOUND);
    expect(node.node.filters.count).toBe(0);
  });

  it("expire when they are not polled", async () => {
    const { node, install, poll } = open({ limits: { filterIdleMs: 1_000 } });
    const [idle, used] = [await install("eth_newBlockFilter"), await install("eth_newBlockFilter")];
    node.time.advance(600);
    await poll(used);
    node.time.advance(600);
    expect(await poll(idle)).toEqual(NOT_FOUND);
    expect(await poll(used)).toEqual([]);
  });

  it("are evicted least recently polled first, so that no client denies them to others [RPC-13]", async () => {
    const { node, install, poll } = open({ limits: { filtersMax: 3 } });
    const used = await install("eth_newBlockFilter");
    const pending = await install("eth_newPendingTransactionFilter");
    for (let other = 0; other < 10; other++) {
      await install("eth_newBlockFilter");
      expect(await poll(used)).toEqual([]);
    }
    expect(await poll(pending)).toEqual(NOT_FOUND);
    expect(node.pool.listenerCount).toBe(0);
    expect(node.node.filters.count).toBe(3);
  });

  it("RPC_LIMIT_EXCEEDED; one with more criteria is evicted for one with fewer [RPC-13]", async () => {
    const { node, install, poll } = open({ limits: { logItemsMax: 7 } });
    const looking = (count: number) => ({
      topics: [Array.from({ length: count }, (_, topic) => testTopic(topic))],
    });
    const refused = { code: -32005, message: "too many addresses and topics" };
    const [heavy, light] = [
      await install("eth_newFilter", { address: TARGET, ...looking(4) }),
      await install("eth_newFilter", looking(1)),
    ];
    expect((await node.call("eth_newFilter", looking(5))).error).toEqual(refused);
    await install("eth_newFilter", {});
    const middle = await install("eth_newFilter", looking(3));
    expect(await poll(heavy)).toEqual(NOT_FOUND);
    expect((await node.call("eth_newFilter", looking(4))).error).toEqual(refused);
    await node.result("eth_uninstallFilter", middle);
    expect((await node.call("eth_newFilter", looking(6))).error).toBeUndefined();
    expect(await poll(light)).toEqual([]);
  });

  it("leave nothing behind when uninstalled, expired or evicted [RPC-13]", async () => {
    const limits = { logItemsMax: 4, filtersMax: 2, filterIdleMs: 1_000 };
    const { node, install } = open({ limits });
    const four = { topics: [[1, 2, 3, 4].map(testTopic)] };
    for (let round = 0; round < 3; round++) {
      const installed = await node.call("eth_newFilter", four);
      expect(installed.error).toBeUndefined();
      if (round === 0) await node.result("eth_uninstallFilter", installed.result);
      else if (round === 1) node.time.advance(1_001);
    }
    for (let other = 0; other < 2; other++) await install("eth_newBlockFilter");
    expect((await node.call("eth_newFilter", four)).error).toBeUndefined();
  });

  it("yield while they read much, also to another poll, and return nothing twice [RPC-17]", async () => {
    const { node, install, poll } = open();
    const id = await install("eth_newBlockFilter");
    const added = Array.from({ length: 200 }, () => node.chain.add().hash);
    const read = node.chain.blockByNumber.bind(node.chain);
    node.chain.blockByNumber = (number) => {
      node.time.advance(1);
      return read(number);
    };
    const polls = (await Promise.all([poll(id), poll(id)])) as string[][];
    expect(Math.min(...polls.map(({ length }) => length))).toBeGreaterThan(0);
    expect(polls.flat().toSorted()).toEqual(added.toSorted());
  });

  it("yield within a block of many logs [RPC-17]", async () => {
    const { node, install, poll, withLogs } = open();
    const id = await install("eth_newFilter", {});
    withLogs(0n, ...Array<number>(500).fill(1));
    let turns = 0;
    const { nowMs } = node.time;
    node.time.nowMs = () => nowMs.call(node.time) + turns++;
    const logs = (await poll(id)) as { logIndex: string }[];
    expect(turns).toBeGreaterThan(100);
    const rest = (await poll(id)) as { logIndex: string }[];
    expect([...logs, ...rest].map(({ logIndex }) => Number(logIndex))).toEqual(
      Array.from({ length: 500 }, (__, index) => index),
    );
  });
});
