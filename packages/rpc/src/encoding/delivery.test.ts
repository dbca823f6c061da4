import { bytesToHex, quantityToHex } from "@trellis/base";
import { SHARD_GATEWAY_ADDRESS } from "@trellis/contracts";
import { createOpenRpcValidator, OPENRPC_FILE, vectorsDirectory } from "@trellis/kit";
import { FakeChainView, TARGET, testLog, testTransaction } from "@trellis/kit/chainView";
import {
  deliveryHash,
  encodeDelivery,
  type Message,
  messageGas,
  messageId,
  refundOf,
} from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { FakeNode } from "../testing/FakeNode.ts";
import { openServer } from "../testing/openServer.ts";

const message: Message = {
  kind: "call",
  source: 1,
  destination: 0,
  index: 7,
  sender: `0x${"a1".repeat(20)}`,
  to: TARGET,
  value: 5n,
  gasLimit: 60_000n,
  expiry: 1_900_000_000,
  data: Uint8Array.of(1, 2, 3),
};
const refund = refundOf({ ...message, source: 0, destination: 1 }, 8);
const [hash, refundHash] = [message, refund].map(deliveryHash) as [`0x${string}`, `0x${string}`];
const signed = testTransaction();
const { hash: sent } = signed.transaction;

/** Two deliveries of 2 and 1 logs, then a transaction with a log. */
function nodeWithDeliveries() {
  const chain = new FakeChainView();
  const block = chain.add({
    deliveries: [
      { message, logs: [testLog(TARGET, 1), testLog(TARGET, 2)], gasUsed: 90_000n },
      { message: refund, logs: [testLog(SHARD_GATEWAY_ADDRESS, 3)], status: 0 },
    ],
    transactions: [{ signed, logs: [testLog(TARGET, 4)] }],
  });
  return { block, node: new FakeNode({ chain }) };
}

describe("RPC-34: deliveries in Ethereum's view", () => {
  it("are transactions of type 0x7e before the others, in every method", async () => {
    const { node, block } = nodeWithDeliveries();
    const hashes = [hash, refundHash, sent];
    const place = { blockHash: block.hash, blockNumber: "0x1" };
    const shown = {
      ...place,
      hash,
      transactionIndex: "0x0",
      type: "0x7e",
      from: SHARD_GATEWAY_ADDRESS,
      to: TARGET,
      nonce: "0x7",
      gas: quantityToHex(messageGas(message)),
      gasPrice: "0x0",
      value: "0x5",
      mint: "0x5",
      input: "0x010203",
      sourceHash: messageId(message),
      sourceShard: 1,
      crossShardSender: message.sender,
      messageKind: "call",
    };
    expect(await node.result("eth_getBlockByNumber", "0x1")).toMatchObject({ transactions: hashes });
    const full = await node.result("eth_getBlockByNumber", "0x1", true);
    const numbered = hashes.map((each, index) => ({ hash: each, transactionIndex: `0x${index}` }));
    expect(full).toMatchObject({ transactions: numbered });
    expect(await node.result("eth_getBlockTransactionCountByHash", block.hash)).toBe("0x3");
    expect(await node.result("eth_getTransactionByHash", hash)).toMatchObject(shown);
    expect(await node.result("eth_getTransactionByBlockNumberAndIndex", "0x1", "0x0")).toMatchObject(shown);
    expect(await node.result("eth_getTransactionByBlockHashAndIndex", block.hash, "0x1")).toMatchObject({
      hash: refundHash,
      input: bytesToHex(refund.data),
      messageKind: "refund",
    });
    expect(await node.result("eth_getTransactionByBlockNumberAndIndex", "0x1", "0x2")).toMatchObject({
      hash: sent,
    });
    expect(await node.result("eth_getTransactionByBlockNumberAndIndex", "0x1", "0x3")).toBeNull();
    for (const method of ["eth_getRawTransactionByHash", "debug_getRawTransaction"])
      expect(await node.result(method, hash)).toBe(bytesToHex(encodeDelivery(message)));
    expect(await node.result("debug_getRawReceipts", "0x1")).toEqual([
      expect.stringMatching(/^0x7e/),
      expect.stringMatching(/^0x7e/),
      expect.stringMatching(/^0x02/),
    ]);
    expect(await node.result("trellis_getChainBlock", "0x1")).toMatchObject({
      deliveries: [
        { hash, source: 1, message: messageId(message) },
        { hash: refundHash, source: 1, message: messageId(refund) },
      ],
      transactions: [{ hash: sent }],
    });
  });

  it("have receipts and logs, numbered with those of the transactions", async () => {
    const { node, block } = nodeWithDeliveries();
    expect(await node.result("eth_getTransactionReceipt", hash)).toMatchObject({
      transactionHash: hash,
      transactionIndex: "0x0",
      from: SHARD_GATEWAY_ADDRESS,
      to: TARGET,
      contractAddress: null,
      status: "0x1",
      type: "0x7e",
      gasUsed: "0x15f90",
      effectiveGasPrice: "0x0",
      logs: [{ logIndex: "0x0" }, { logIndex: "0x1" }],
    });
    expect(await node.result("eth_getBlockReceipts", "0x1")).toMatchObject([
      { transactionHash: hash, cumulativeGasUsed: "0x15f90" },
      { transactionHash: refundHash, status: "0x0", cumulativeGasUsed: "0x1b198" },
      {
        transactionHash: sent,
        transactionIndex: "0x2",
        cumulativeGasUsed: "0x203a0",
        logs: [{ logIndex: "0x3" }],
      },
    ]);
    const logs = [
      { transactionHash: hash, transactionIndex: "0x0", logIndex: "0x0" },
      { transactionHash: hash, transactionIndex: "0x0", logIndex: "0x1" },
      { transactionHash: refundHash, transactionIndex: "0x1", logIndex: "0x2" },
      { transactionHash: sent, transactionIndex: "0x2", logIndex: "0x3" },
    ];
    expect(await node.result("eth_getLogs", { fromBlock: "0x0" })).toMatchObject(logs);
    const byGateway = { blockHash: block.hash, address: SHARD_GATEWAY_ADDRESS };
    expect(await node.result("eth_getLogs", byGateway)).toMatchObject([logs[2]]);
  });

  it("are in filters and subscriptions", async () => {
    const { fake, call, client } = await openClient();
    const filter = await call("eth_newFilter", {});
    const subscription = await client.subscribe("logs", { topics: [] });
    fake.chain.add({ deliveries: [{ message, logs: [testLog(TARGET, 1)] }] });
    expect(await call("eth_getFilterChanges", filter)).toMatchObject([{ transactionHash: hash }]);
    expect(await client.notified(subscription)).toMatchObject({ transactionHash: hash, logIndex: "0x0" });
  });

  it("can be traced", async () => {
    const { node, block } = nodeWithDeliveries();
    const asked: unknown[] = [];
    node.chain.simulation.traceTransaction = async (at, wanted) => {
      asked.push([at, wanted]);
      return {};
    };
    await node.result("debug_traceTransaction", hash);
    await node.result("trace_replayTransaction", hash, ["trace"]);
    expect(asked).toEqual([
      [block.hash, hash],
      [block.hash, hash],
    ]);
  });

  const vectors = vectorsDirectory(OPENRPC_FILE);
  it.skipIf(vectors === undefined)("have receipts and logs as in Ethereum's document", async () => {
    const { node } = nodeWithDeliveries();
    const validator = createOpenRpcValidator(vectors!);
    const calls = [
      ["eth_getBlockByNumber", "0x1"],
      ["eth_getTransactionReceipt", hash],
      ["eth_getBlockReceipts", "0x1"],
      ["eth_getLogs", { fromBlock: "0x0" }],
    ] as const;
    for (const [method, ...params] of calls)
      expect(validator.check(method, await node.result(method, ...params)), method).toEqual([]);
  });
});

async function openClient() {
  const server = await openServer();
  const call = async (method: string, ...params: unknown[]) => (await server.call(method, ...params)).result;
  return { fake: server.fake, call, client: await server.webSocket() };
}
