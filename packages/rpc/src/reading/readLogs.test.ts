import { TARGET, testLog, testTopic, testTransaction } from "@trellis/kit/chainView";
import { describe, expect, it } from "vitest";
import { FakeNode, type FakeNodeOptions } from "../testing/FakeNode.ts";

const OTHER = `0x${"33".repeat(20)}` as const;

function logged(options: FakeNodeOptions = {}) {
  const node = new FakeNode(options);
  const block = (nonce: bigint, ...logs: ReturnType<typeof testLog>[]) =>
    node.chain.add({
      transactions: [
        { signed: testTransaction({ nonce }), logs: logs.slice(0, 1) },
        { signed: testTransaction({ nonce: nonce + 1n }), logs: logs.slice(1) },
      ],
    });
  block(0n, testLog(TARGET, 1), testLog(TARGET, 1, 2), testLog(OTHER, 1, 2));
  block(2n, testLog(OTHER), testLog(TARGET, 2, 1));
  const find = async (filter: object) => {
    const logs = (await node.result("eth_getLogs", { fromBlock: "0x0", ...filter })) as {
      logIndex: string;
      blockNumber: string;
    }[];
    return logs.map(({ blockNumber, logIndex }) => `${Number(blockNumber)}.${Number(logIndex)}`);
  };
  const refusal = async (filter: object) => (await node.call("eth_getLogs", filter)).error;
  return { node, find, refusal };
}

describe("eth_getLogs", () => {
  it("finds by address", async () => {
    const { find } = logged();
    expect(await find({})).toEqual(["1.0", "1.1", "1.2", "2.0", "2.1"]);
    expect(await find({ address: TARGET.toUpperCase().replace("0X", "0x") })).toEqual(["1.0", "1.1", "2.1"]);
    expect(await find({ address: [TARGET, OTHER] })).toHaveLength(5);
    expect(await find({ address: [] })).toHaveLength(5);
  });

  it("finds by topics, alternatives and wildcards", async () => {
    const { find } = logged();
    expect(await find({ topics: [testTopic(1)] })).toEqual(["1.0", "1.1", "1.2"]);
    expect(await find({ topics: [null, testTopic(2)] })).toEqual(["1.1", "1.2"]);
    expect(await find({ topics: [[testTopic(1), testTopic(2)], [testTopic(1)]] })).toEqual(["2.1"]);
    expect(await find({ topics: [null] })).toEqual(["1.0", "1.1", "1.2", "2.1"]);
    expect(await find({ topics: [[]] })).toEqual(["1.0", "1.1", "1.2", "2.1"]);
    expect(await find({ topics: [[testTopic(9), null], null] })).toEqual(["1.1", "1.2", "2.1"]);
  });

  it("searches one block by its hash, including removed blocks", async () => {
    const { node } = logged();
    const { hash } = node.chain.head();
    node.chain.reorganise(1, [{}]);
    expect(await node.result("eth_getLogs", { blockHash: hash })).toHaveLength(2);
  });

  it("uses the head for a range without bounds", async () => {
    const { node } = logged();
    expect(await node.result("eth_getLogs", {})).toHaveLength(2);
  });

  it("returns logs of one chain, also if a reorganisation occurs during a pause", async () => {
    const { node, find } = logged();
    const { chain, time } = node;
    const before = (await node.result("eth_getLogs", { fromBlock: "0x0" })) as object[];
    const [startMs, after] = [time.nowMs(), time.after.bind(time)];
    let looks = 0;
    time.nowMs = () => startMs + 11 * looks++;
    let isReorganised = false;
    time.after = (delayMs, task) =>
      after(delayMs, () => {
        if (!isReorganised) chain.reorganise(2, [{}, {}, {}]);
        isReorganised = true;
        task();
      });
    expect(await node.result("eth_getLogs", { fromBlock: "0x0" })).toEqual(before);
    expect(isReorganised).toBe(true);
    expect(await find({})).toEqual([]);
  });

  it("reads only blocks whose bloom filter matches", async () => {
    const { node, find } = logged();
    const { chain } = node;
    const read: number[] = [];
    const blockByHash = chain.blockByHash.bind(chain);
    chain.blockByHash = (hash) => {
      const block = blockByHash(hash);
      if (block !== undefined) read.push(block.header.number);
      return block;
    };
    expect(await find({ topics: [testTopic(9)] })).toEqual([]);
    expect(read).toEqual([]);
    expect(await find({ address: OTHER })).toEqual(["1.2", "2.0"]);
    expect(read).toEqual([2, 1]);
  });

  it("RPC_NOT_FOUND: a block", async () =>
    expect(await logged().refusal({ blockHash: testTopic(5) })).toEqual({
      code: -32000,
      message: "unknown block",
    }));

  it("RPC-11: on a node that mines on demand, ranges end at the head", async () => {
    const { find } = logged();
    const all = await find({ fromBlock: "0x1", toBlock: "latest" });
    expect(all.length).toBeGreaterThan(0);
    expect(await find({ fromBlock: "0x1", toBlock: "0xffff" })).toEqual(all);
    expect(await find({ fromBlock: "0xfff0", toBlock: "0xffff" })).toEqual([]);
  });

  it("RPC_PARAMETERS_INVALID", async () => {
    const { refusal } = logged({ without: ["devControl"] });
    const both = "cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other";
    const cases: [object, string][] = [
      [{ fromBlock: "0x2", toBlock: "0x1" }, "invalid block range params"],
      [{ fromBlock: "0x1", toBlock: "0x9" }, "block range extends beyond current head block"],
      [{ blockHash: testTopic(1), fromBlock: "0x1" }, `invalid argument 0: ${both}`],
      [{ topics: [null, null, null, null, null] }, "invalid argument 0: exceed max topics"],
      [{ topics: [Array(1_001).fill(testTopic(1))] }, "invalid argument 0: exceed max topics"],
      [{ address: Array(1_001).fill(TARGET) }, "invalid argument 0: exceed max addresses"],
    ];
    for (const [filter, message] of cases) expect(await refusal(filter)).toEqual({ code: -32602, message });
  });

  it("RPC_REQUEST_REFUSED for pending logs", async () =>
    expect((await logged().refusal({ toBlock: "pending" }))?.message).toBe("pending logs are not supported"));

  it("RPC_HISTORY_PRUNED", async () => {
    const { node, refusal } = logged();
    node.chain.oldest = 1;
    expect(await refusal({ fromBlock: "0x0" })).toEqual({
      code: 4444,
      message: "pruned history unavailable",
    });
    expect(await refusal({ fromBlock: "earliest" })).toBeUndefined();
  });

  it("RPC_LIMIT_EXCEEDED: a range too wide", async () => {
    const { refusal } = logged({ limits: { logsBlocksMax: 2 } });
    expect(await refusal({ fromBlock: "0x1" })).toBeUndefined();
    expect(await refusal({ fromBlock: "0x0" })).toEqual({
      code: -32005,
      message: "exceed maximum block range: 2",
    });
  });

  it("RPC_LIMIT_EXCEEDED: too many logs", async () =>
    expect(await logged({ limits: { logsResultsMax: 4 } }).refusal({ fromBlock: "0x0" })).toEqual({
      code: -32005,
      message: "query returned more than 4 results",
    }));

  it("RPC_CALL_TIMED_OUT, and yields meanwhile", async () => {
    const { node, refusal } = logged();
    const { chain, time } = node;
    for (let block = 0; block < 9_000; block++) chain.add();
    const read = chain.header.bind(chain);
    chain.header = (hash) => {
      time.advance(11);
      return read(hash);
    };
    expect((await refusal({ fromBlock: "0x0" }))?.message).toBe("execution aborted (timeout = 5s)");
  });
});
