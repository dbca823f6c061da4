import { TARGET, testLog, testTransaction } from "@trellis/kit/chainView";
import { describe, expect, it } from "vitest";
import { FakeNode } from "../testing/FakeNode.ts";
import { ReadPool } from "./pool/ReadPool.ts";

class CountingPool extends ReadPool {
  readonly kinds: string[] = [];

  override run: ReadPool["run"] = async ({ kind }) => {
    this.kinds.push(kind);
    throw new RangeError("nobody asked for the answer");
  };
}

function pooledNode() {
  const unused = { url: new URL(import.meta.url), source: "", workers: 1 };
  const readPool = new CountingPool(unused, { after: () => ({ cancel() {} }) });
  return { readPool, node: new FakeNode({ readPool }) };
}

const transaction = (nonce: bigint, gasUsed: bigint, logCount = 1) => ({
  signed: testTransaction({ nonce }),
  gasUsed,
  logs: Array.from({ length: logCount }, () => testLog(TARGET, 1)),
});

const READS: readonly (readonly [string, ...unknown[]])[] = [
  ["eth_getBlockByNumber", "0x1", false],
  ["eth_getBlockByNumber", "0x1", true],
  ["eth_getBlockReceipts", "0x1"],
  ["eth_getLogs", { fromBlock: "0x0" }],
  ["eth_feeHistory", "0x4", "latest", [50]],
];

describe("RPC-25: reads", () => {
  it("of blocks with much gas go to a worker", async () => {
    const { node, readPool } = pooledNode();
    node.chain.add({ transactions: [transaction(0n, 2_000_000n)] });
    node.chain.add();
    for (const [method, ...params] of READS) await node.call(method, ...params);
    expect(readPool.kinds).toEqual(["block", "block", "receipts", "logs", "fees"]);
  });

  it("of blocks with little gas, and of the head by hash, stay on the main thread", async () => {
    const { node, readPool } = pooledNode();
    node.chain.add({ transactions: [transaction(0n, 50_000n)] });
    for (const [method, ...params] of READS) expect(await node.result(method, ...params)).toBeTruthy();
    node.chain.add({ transactions: [transaction(1n, 5_000_000n)] });
    for (const at of ["latest", "pending", "0x2"]) {
      expect(await node.result("eth_getBlockByNumber", at, false)).toMatchObject({ number: "0x2" });
    }
    expect(
      await node.result("eth_getLogs", { fromBlock: "0x0", address: node.chain.head().header.miner }),
    ).toEqual([]);
    expect(await node.result("eth_feeHistory", "0x4", "latest", [])).toBeTruthy();
    expect(readPool.kinds).toEqual([]);
  });

  it("of many headers go to a worker", async () => {
    const { node, readPool } = pooledNode();
    for (let block = 0; block < 40; block++) node.chain.add();
    await node.call("eth_getLogs", { fromBlock: "0x0" });
    await node.call("eth_feeHistory", "0x28", "latest", []);
    await node.call("eth_getLogs", { fromBlock: "0x20" });
    expect(readPool.kinds).toEqual(["logs", "fees"]);
  });

  it("of a receipt with many logs go to a worker", async () => {
    const { node, readPool } = pooledNode();
    const [few, many] = [transaction(0n, 100_000n, 200), transaction(1n, 100_000n, 201)];
    node.chain.add({ transactions: [few, many] });
    const receipt = (of: typeof few) => node.result("eth_getTransactionReceipt", of.signed.transaction.hash);
    expect(await receipt(few)).toMatchObject({ logs: expect.any(Array) });
    await receipt(many);
    expect(readPool.kinds).toEqual(["receipt"]);
  });
});

describe("decoding of blocks", () => {
  const heavy = { signed: testTransaction({ nonce: 0n }), gasUsed: 2_000_000n, logs: [] };
  const { hash } = heavy.signed.transaction;

  it("RPC-25: a worker reads a receipt in a block with much gas", async () => {
    const { node, readPool } = pooledNode();
    node.chain.add({ transactions: [heavy] });
    expect(await node.result("eth_getTransactionReceipt", hash)).toMatchObject({ transactionHash: hash });
    node.chain.isAtHand = () => false;
    await node.call("eth_getTransactionReceipt", hash);
    expect(readPool.kinds).toEqual(["receipt"]);
    const inSlices = new FakeNode();
    inSlices.chain.add({ transactions: [heavy] });
    inSlices.chain.isAtHand = () => false;
    expect(await inSlices.result("eth_getTransactionReceipt", hash)).toMatchObject({ transactionHash: hash });
  });

  it.each([
    ["eth_getTransactionByHash", hash],
    ["eth_getRawTransactionByHash", hash],
    ["eth_getTransactionByBlockNumberAndIndex", "0x1", "0x0"],
    ["eth_getBlockTransactionCountByNumber", "0x1"],
    ["trellis_getTransactionStatus", hash],
    ["debug_getRawTransaction", hash],
  ])("RPC-23: %s decodes one block per turn of the event loop", async (method, ...params) => {
    const node = new FakeNode();
    node.chain.add({ transactions: [heavy] });
    node.chain.isAtHand = () => false;
    let decoded = 0;
    const takesLong = <I, R>(read: (at: I) => R) => {
      return (at: I): R => {
        decoded++;
        node.time.advance(20);
        return read(at);
      };
    };
    node.chain.locate = takesLong(node.chain.locate.bind(node.chain));
    node.chain.executorsOf = () => [node.chain.head().hash];
    node.chain.blockByNumber = takesLong(node.chain.blockByNumber.bind(node.chain));
    const calls = Array.from({ length: 10 }, () => node.result(method, ...params));
    expect(decoded).toBeLessThanOrEqual(1);
    const answers = await Promise.all(calls);
    expect(decoded).toBeGreaterThanOrEqual(10);
    expect(answers.every(Boolean)).toBe(true);
  });

  it("is not needed for data of states and headers", async () => {
    const { node } = pooledNode();
    const { hash: block } = node.chain.add({ transactions: [heavy] });
    node.chain.add();
    node.chain.blockByNumber = node.chain.blockByHash = () => expect.fail("a block was decoded");
    for (const [method, ...params] of [
      ["eth_getBalance", TARGET, "0x1"],
      ["eth_getTransactionCount", TARGET, { blockHash: block }],
      ["eth_getCode", TARGET, "0x1"],
      ["eth_getStorageAt", TARGET, "0x0", "0x1"],
      ["eth_call", { to: TARGET }, "0x1"],
      ["eth_getUncleCountByBlockNumber", "0x1"],
      ["eth_getUncleCountByBlockHash", block],
      ["debug_getRawHeader", "0x1"],
    ] as const) {
      expect((await node.call(method, ...params)).error, method).toBeUndefined();
    }
  });
});

it("RPC-26: a receipt with many logs is serialized log by log, and refused as soon as it is too large", async () => {
  const node = new FakeNode({ limits: { responseBytesMax: 100_000, outgoingBytesMax: 200_000 } });
  const [whole, large] = [transaction(0n, 100_000n, 201), transaction(1n, 100_000n, 2_000)];
  node.chain.add({ transactions: [whole, large] });
  const call = (of: typeof whole) => node.call("eth_getTransactionReceipt", of.signed.transaction.hash);
  expect((await call(large)).error).toMatchObject({ code: -32003 });
  const { result } = await call(whole);
  expect(result).toMatchObject({ transactionIndex: "0x0", logs: { length: 201 } });
  const logs = (result as { logs: object[] }).logs;
  expect(logs[200]).toMatchObject({ logIndex: "0xc8", address: TARGET });
});
