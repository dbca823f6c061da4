import { FakeChainView, testTransaction } from "@trellis/kit/chainView";
import type { Address, Hash } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { FakeNode } from "../testing/FakeNode.ts";

const ACCOUNT: Address = `0x${"ab".repeat(20)}`;
const UNKNOWN: Hash = `0x${"cd".repeat(32)}`;
const FIRST = 3;
const HEAD = 5;

/** The forked chain's node returns the method, and its logs [1]. */
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
      return method === "eth_getLogs" ? answer : method;
    },
  };
  let answer: unknown = [{ logIndex: "0x1" }];
  const node = new FakeNode({ chain, forked });
  const setLogs = (logs: unknown) => {
    answer = logs;
  };
  return { node, chain, asked, setLogs };
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
    const { node, setLogs } = forkedNode();
    setLogs([]);
    const range = { fromBlock: "earliest", toBlock: "latest" };
    expect(await node.result("eth_getLogs", range)).toHaveLength(3);
    expect(await node.result("eth_getLogs", { ...range, address: `0x${"11".repeat(20)}` })).toEqual([]);
    setLogs([{ logIndex: "0x1" }]);
    expect(await node.result("eth_getLogs", { ...range, address: `0x${"11".repeat(20)}` })).toHaveLength(1);
  });

  it.each([null, "0x", { length: 1 }])("RPC_REQUEST_REFUSED: the node returns %j", async (answer) => {
    const { node, setLogs } = forkedNode();
    setLogs(answer);
    const { error } = await node.call("eth_getLogs", { fromBlock: "0x0" });
    expect(error?.message).toContain("no list of logs");
  });
});
