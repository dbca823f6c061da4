import { FakeChainView, testTransaction } from "@trellis/kit/chainView";
import { type Address, EncodedJson, type Hash } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { FakeNode } from "../testing/FakeNode.ts";

const ACCOUNT: Address = `0x${"ab".repeat(20)}`;
const UNKNOWN: Hash = `0x${"cd".repeat(32)}`;
const FIRST = 3;
const HEAD = 5;

/** The forked chain's node returns the method, and `list` as logs and frames. */
function forkedNode() {
  const asked: unknown[] = [];
  const chain = new FakeChainView();
  const { genesis } = chain.parameters;
  Object.assign(chain, { parameters: { ...chain.parameters, genesis: { ...genesis, number: FIRST } } });
  const log = { address: ACCOUNT, topics: [], data: new Uint8Array(0) };
  for (let number = 1; number <= HEAD; number++)
    chain.add({ transactions: [{ signed: testTransaction({ nonce: BigInt(number) }), logs: [log] }] });
  const forked = {
    url: "http://key@127.0.0.1:1/path",
    chainId: 5,
    number: FIRST - 1,
    hash: UNKNOWN,
    async request(method: string, params: readonly unknown[]): Promise<unknown> {
      asked.push([method, params]);
      if (method === "trace_filter") return framesOf(params[0] as FrameFilter);
      return method === "eth_getLogs" ? list : method;
    },
  };
  let list: unknown = [{ logIndex: "0x1" }];
  const framesOf = ({ after = 0, count = Infinity }: FrameFilter) =>
    Array.isArray(list) ? list.slice(Number(after), Number(after) + Number(count)) : list;
  const node = new FakeNode({ chain, forked });
  const setList = (answer: unknown) => {
    list = answer;
  };
  return { node, chain, asked, setList };
}

interface FrameFilter {
  readonly after?: string | number;
  readonly count?: string | number;
}

describe("reads below the genesis are the forked chain's [DEV-8]", () => {
  it.each([
    ["eth_getBlockByNumber", ["0x2", true]],
    ["eth_getBlockByNumber", ["earliest"]],
    ["eth_getBlockByHash", [UNKNOWN, false]],
    ["eth_getBlockReceipts", ["0x0"]],
    ["eth_getBlockTransactionCountByNumber", ["0x1"]],
    ["eth_getTransactionByBlockNumberAndIndex", ["0x1", "0x0"]],
    ["eth_getBalance", [ACCOUNT, "0x2"]],
    ["eth_getBalance", [ACCOUNT, { blockHash: UNKNOWN }]],
    ["eth_getStorageAt", [ACCOUNT, "0x0", "0x2"]],
    ["eth_call", [{ to: ACCOUNT }, "0x2"]],
    ["eth_getTransactionReceipt", [UNKNOWN]],
    ["eth_getTransactionByHash", [UNKNOWN]],
    ["debug_traceTransaction", [UNKNOWN]],
    ["debug_storageRangeAt", ["0x2", 0, ACCOUNT, "0x", 1]],
    ["debug_traceCallMany", [[], { blockNumber: "0x2" }]],
    ["debug_getRawBlock", ["0x1"]],
    ["debug_getRawTransaction", [UNKNOWN]],
    ["trace_replayBlockTransactions", ["0x1", ["trace"]]],
    ["trace_replayTransaction", [UNKNOWN, ["trace"]]],
    ["trace_get", [UNKNOWN, ["0x0"]]],
    ["eth_getStorageValues", [{ [ACCOUNT]: [UNKNOWN] }, "0x2"]],
    ["eth_simulateV1", [{ blockStateCalls: [{}] }, "0x2"]],
  ])("%s %j", async (method, params) => {
    const { node, asked } = forkedNode();
    expect(await node.result(method, ...params)).toBe(method);
    expect(asked).toEqual([[method, params]]);
  });

  it("others are not, and neither are transactions of the mempool", async () => {
    const { node, chain, asked } = forkedNode();
    const { hash, transactions } = chain.head();
    const pooled = testTransaction({ nonce: 9n });
    await node.pool.submit(pooled.transaction.encoded, { isLocal: true });
    for (const [method, ...params] of [
      ["eth_getBlockByNumber", "0x3", true],
      ["eth_getBlockByNumber", "latest"],
      ["eth_getBlockByNumber", "0x99"],
      ["eth_getBlockByHash", hash],
      ["eth_getBalance", ACCOUNT],
      ["eth_getBalance", ACCOUNT, { blockHash: hash }],
      ["eth_getTransactionReceipt", transactions[0]!.transaction.hash],
      ["eth_getTransactionByHash", pooled.transaction.hash],
      ["eth_sendRawTransaction", "0x"],
      ["eth_getLogs", {}],
      ["eth_getLogs", { blockHash: hash }],
      ["eth_getLogs", { fromBlock: "0x3", toBlock: "0x5" }],
      ["eth_getLogs", { fromBlock: "0x1", toBlock: "pending" }],
      ["trace_filter", { fromBlock: "0x3" }],
    ] as const)
      await node.call(method, ...params);
    expect(asked).toEqual([]);
  });

  it("invalid parameters are refused here", async () => {
    const { node, asked } = forkedNode();
    expect((await node.call("eth_getBlockByNumber", "two")).error?.code).toBe(-32602);
    expect((await node.call("eth_getLogs", { fromBlock: -1 })).error?.code).toBe(-32602);
    expect(asked).toEqual([]);
  });
});

describe("logs of both chains [DEV-8]", () => {
  it("are one list", async () => {
    const { node, asked } = forkedNode();
    const filter = { address: ACCOUNT, fromBlock: "0x1" };
    const logs = (await node.result("eth_getLogs", filter)) as { blockNumber?: string }[];
    expect(logs.map(({ blockNumber }) => blockNumber)).toEqual([undefined, "0x3", "0x4", "0x5"]);
    const below = { ...filter, toBlock: "0x2" };
    expect(asked).toEqual([["eth_getLogs", [below]]]);
    expect(await node.result("eth_getLogs", below)).toEqual([{ logIndex: "0x1" }]);
    expect(asked).toHaveLength(2);
  });

  it("may be empty on one or both", async () => {
    const { node, setList } = forkedNode();
    setList([]);
    const range = { fromBlock: "earliest", toBlock: "latest" };
    expect(await node.result("eth_getLogs", range)).toHaveLength(3);
    expect(await node.result("eth_getLogs", { ...range, address: `0x${"11".repeat(20)}` })).toEqual([]);
    setList([{ logIndex: "0x1" }]);
    expect(await node.result("eth_getLogs", { ...range, address: `0x${"11".repeat(20)}` })).toHaveLength(1);
  });

  it.each([null, "0x", { length: 1 }])("RPC_REQUEST_REFUSED: the node returns %j", async (answer) => {
    const { node, setList } = forkedNode();
    setList(answer);
    for (const method of ["eth_getLogs", "trace_filter"]) {
      const { error } = await node.call(method, { fromBlock: "0x0" });
      expect(error?.message).toContain(`no list for ${method}`);
    }
  });

  it("are those of an installed filter, too", async () => {
    const { node, asked } = forkedNode();
    const topics = [null, [UNKNOWN]];
    const filter = { address: ACCOUNT, fromBlock: "0x1", topics: [] };
    for (const [given, sent, count] of [
      [filter, { fromBlock: "0x1", toBlock: "0x2", address: [ACCOUNT], topics: [] }, 4],
      [{ fromBlock: "earliest", topics }, { fromBlock: "earliest", toBlock: "0x2", topics }, 1],
      [{ toBlock: "0x1", fromBlock: "0x0" }, { fromBlock: "0x0", toBlock: "0x1", topics: [] }, 1],
    ] as const) {
      const id = await node.result("eth_newFilter", given);
      expect(await node.result("eth_getFilterLogs", id)).toHaveLength(count);
      expect(JSON.parse(JSON.stringify(asked.splice(0)))).toEqual([["eth_getLogs", [sent]]]);
    }
    const recent = await node.result("eth_newFilter", { fromBlock: "0x3" });
    expect(await node.result("eth_getFilterLogs", recent)).toHaveLength(3);
    expect((await node.call("eth_getFilterLogs", "0x1")).error?.message).toContain("filter not found");
    expect(asked).toEqual([]);
  });
});

describe("frames of both chains [DEV-8]", () => {
  const BELOW = [1, 2, 3, 4];
  const framesBetween = async (filter: object) => {
    const { node, asked, setList } = forkedNode();
    setList(BELOW);
    node.chain.simulation.traceBlock = async (block) => [
      { transactionHash: block, result: new EncodedJson(`[{"n":"${block}","traceAddress":[]}]`) },
    ];
    const own = node.chain.head().header.number - FIRST + 1;
    const frames = await node.result("trace_filter", { fromBlock: "0x1", ...filter });
    return { frames: frames as unknown[], asked, own };
  };

  it("are one list", async () => {
    const { frames, own, asked } = await framesBetween({ toBlock: "latest", fromAddress: [ACCOUNT] });
    expect(own).toBe(3);
    expect(frames.slice(0, 4)).toEqual(BELOW);
    expect(frames).toHaveLength(4 + own);
    expect(asked).toEqual([["trace_filter", [{ fromBlock: "0x1", toBlock: "0x2", fromAddress: [ACCOUNT] }]]]);
  });

  it("after and count are positions in both", async () => {
    const { frames: all } = await framesBetween({});
    for (let after = 0; after <= all.length; after++) {
      for (let count = 0; count <= all.length; count++) {
        const { frames } = await framesBetween({ after, count });
        expect({ after, count, frames }).toEqual({ after, count, frames: all.slice(after, after + count) });
      }
    }
  });

  it("of the forked chain only", async () => {
    const { frames, asked } = await framesBetween({ toBlock: "0x2" });
    expect(frames).toEqual(BELOW);
    expect(asked).toEqual([["trace_filter", [{ fromBlock: "0x1", toBlock: "0x2" }]]]);
  });
});
