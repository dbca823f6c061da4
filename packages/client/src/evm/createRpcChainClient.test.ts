import type { Hex } from "@trellis/base";
import { describe, expect, it } from "vitest";
import { type Answers, fakeRequest, NodeError } from "../testing/FakeEndpoint.ts";
import { createRpcChainClient } from "./createRpcChainClient.ts";

const HASH: Hex = `0x${"ab".repeat(32)}`;
const OTHER: Hex = `0x${"cd".repeat(32)}`;
const ADDRESS: Hex = `0x${"a1".repeat(20)}`;
const CHAIN = 7331;
const block = { number: "0x10", hash: HASH, parentHash: OTHER, timestamp: "0x5", baseFeePerGas: "0x7" };
const receipt = {
  transactionHash: OTHER,
  blockNumber: "0x10",
  blockHash: HASH,
  status: "0x1",
  gasUsed: "0x5208",
};
const log = {
  address: ADDRESS,
  topics: [OTHER],
  data: "0x01",
  blockNumber: "0x10",
  blockHash: HASH,
  transactionHash: OTHER,
  logIndex: "0x0",
};

function clientOf(answers: Answers, asked: string[] = []) {
  return createRpcChainClient("a", CHAIN, fakeRequest({ eth_chainId: "0x1ca3", ...answers }, asked));
}
const refusal = (code: string, facts: object = {}) =>
  expect.objectContaining({ code, facts: expect.objectContaining(facts) });
const filter = { address: ADDRESS, topics: [OTHER, null], fromHeight: 0, toHeight: 16 };
const call = { from: ADDRESS, to: ADDRESS, data: "0x" as Hex };

describe("client of one node", () => {
  it("reads blocks, receipts, logs, nonces and fees", async () => {
    const client = clientOf({
      eth_getBlockByNumber: (tag: string) => (tag === "0x11" ? null : block),
      eth_getTransactionReceipt: (hash: string) => (hash === OTHER ? receipt : null),
      eth_getTransactionByHash: (hash: string) => (hash === OTHER ? {} : null),
      eth_getLogs: [log],
      eth_getTransactionCount: (_: string, tag: string) => (tag === "latest" ? "0x2" : "0x3"),
      eth_maxPriorityFeePerGas: "0x9",
      eth_getCode: "0x60",
      eth_estimateGas: "0x5208",
    });
    const place = { height: 16, hash: HASH };
    expect(await client.block("finalized")).toEqual({
      ...place,
      parentHash: OTHER,
      timeSeconds: 5,
      baseFeeWei: 7n,
    });
    expect(await client.block(17)).toBeUndefined();
    expect(await client.receipt(OTHER)).toEqual({
      transactionHash: OTHER,
      block: place,
      isReverted: false,
      gasUsed: 21_000n,
      contractAddress: undefined,
    });
    expect(await client.receipt(HASH)).toBeUndefined();
    expect([await client.hasTransaction(OTHER), await client.hasTransaction(HASH)]).toEqual([true, false]);
    expect(await client.logs(filter)).toEqual([
      { address: ADDRESS, topics: [OTHER], data: "0x01", block: place, transactionHash: OTHER, logIndex: 0 },
    ]);
    expect([await client.nextNonce(ADDRESS, "latest"), await client.nextNonce(ADDRESS, "pending")]).toEqual([
      2, 3,
    ]);
    expect(await client.suggestedTipWei()).toBe(9n);
    expect(await client.code(ADDRESS, HASH)).toBe("0x60");
    expect(await client.estimateGas(call)).toBe(21_000n);
  });

  it("reads the gas cost and a rollup's data fee", async () => {
    const paid = { ...receipt, effectiveGasPrice: "0x7" };
    const receiptOf = (answer: object) => clientOf({ eth_getTransactionReceipt: answer }).receipt(OTHER);
    expect(await receiptOf({ ...paid, l1Fee: "0x9" })).toMatchObject({ gasPriceWei: 7n, l1FeeWei: 9n });
    for (const l1Fee of [undefined, null])
      expect(await receiptOf({ ...paid, l1Fee })).not.toHaveProperty("l1FeeWei");
    await expect(receiptOf({ ...paid, l1Fee: 9 })).rejects.toEqual(
      refusal("NODE_UNREACHABLE", { reason: "invalid response" }),
    );
  });

  it("NODE_OF_OTHER_CHAIN: reads nothing from it and sends nothing to it", async () => {
    const asked: string[] = [];
    const client = clientOf({ eth_chainId: "0x1" }, asked);
    for (const ask of [
      () => client.block("latest"),
      () => client.send("0x02"),
      () => client.balance(ADDRESS, HASH),
    ])
      await expect(ask()).rejects.toEqual(
        refusal("NODE_OF_OTHER_CHAIN", { got: 1, expected: CHAIN, node: "a" }),
      );
    expect(new Set(asked)).toEqual(new Set(["eth_chainId"]));
  });

  it("asks a node again that did not return its chain id at first", async () => {
    let answers = 0;
    const client = clientOf({
      eth_chainId: () => {
        if (answers++ === 0) throw new NodeError(-32000, "starting");
        return "0x1ca3";
      },
      eth_getBlockByNumber: block,
    });
    await expect(client.block("latest")).rejects.toThrow("starting");
    expect(await client.block("latest")).toMatchObject({ height: 16 });
  });

  it("NODE_UNREACHABLE: validates every answer", async () => {
    const wrong: readonly [string, unknown, (client: ReturnType<typeof clientOf>) => Promise<unknown>][] = [
      ["eth_getBlockByNumber", { ...block, hash: "0x12" }, (client) => client.block("latest")],
      ["eth_getBlockByNumber", { ...block, number: 16 }, (client) => client.block("latest")],
      [
        "eth_getBlockByNumber",
        { ...block, number: "0xffffffffffffffff" },
        (client) => client.block("latest"),
      ],
      ["eth_getBlockByNumber", [], (client) => client.block("latest")],
      ["eth_getTransactionReceipt", { ...receipt, transactionHash: HASH }, (client) => client.receipt(OTHER)],
      ["eth_getTransactionReceipt", { ...receipt, status: "0x2" }, (client) => client.receipt(OTHER)],
      ["eth_getLogs", {}, (client) => client.logs(filter)],
      ["eth_getLogs", [{ ...log, removed: true }], (client) => client.logs(filter)],
      ["eth_getTransactionCount", "2", (client) => client.nextNonce(ADDRESS, "latest")],
      ["eth_getCode", null, (client) => client.code(ADDRESS, HASH)],
    ];
    for (const [method, answer, ask] of wrong)
      await expect(ask(clientOf({ [method]: answer }))).rejects.toEqual(
        refusal("NODE_UNREACHABLE", { reason: "invalid response", node: "a" }),
      );
  });

  it("NODE_BLOCK_UNKNOWN: a node that lags, has pruned, or is on another fork", async () => {
    for (const reason of [
      "header not found",
      "header for hash not found",
      "hash is not currently canonical",
      "missing trie node ab (path )",
    ]) {
      const client = clientOf({
        eth_getBalance: new NodeError(-32000, reason),
        eth_call: new NodeError(-32000, reason),
        eth_getCode: new NodeError(-32000, reason),
      });
      const asks = [
        client.balance(ADDRESS, HASH),
        client.call(ADDRESS, "0x", HASH),
        client.code(ADDRESS, HASH),
      ];
      for (const ask of asks) await expect(ask).rejects.toEqual(refusal("NODE_BLOCK_UNKNOWN", { reason }));
    }
  });

  it("TRANSACTION_WOULD_REVERT, and the data of a reverted call", async () => {
    const reverted = new NodeError(3, "execution reverted", "0xdead");
    const client = clientOf({ eth_call: reverted, eth_estimateGas: reverted });
    expect(await client.call(ADDRESS, "0x", HASH)).toBeUndefined();
    await expect(client.estimateGas(call)).rejects.toEqual(
      refusal("TRANSACTION_WOULD_REVERT", { data: "0xdead" }),
    );
  });

  it("TRANSACTION_NONCE_TAKEN, TRANSACTION_UNDERPRICED, NODE_REFUSED; a known transaction is no error", async () => {
    const sent = (message: string) =>
      clientOf({ eth_sendRawTransaction: new NodeError(-32000, message) }).send("0x02");
    await expect(sent("already known")).resolves.toBeUndefined();
    await expect(sent("nonce too low: next nonce 5, tx nonce 4")).rejects.toEqual(
      refusal("TRANSACTION_NONCE_TAKEN"),
    );
    await expect(sent("replacement transaction underpriced")).rejects.toEqual(
      refusal("TRANSACTION_UNDERPRICED"),
    );
    await expect(sent("insufficient funds for gas * price + value")).rejects.toEqual(
      refusal("NODE_REFUSED", { rpcCode: -32000 }),
    );
  });
});
