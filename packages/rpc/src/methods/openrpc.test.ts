import { createOpenRpcValidator, OPENRPC_FILE, vectorsDirectory } from "@trellis/kit";
import { ACCESS_LIST, oneGasPrice, TARGET, testLog, testTransaction } from "@trellis/kit/chainView";
import { EMPTY_CODE_HASH, signAuthorization, TRANSACTION_TYPES } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { FakeNode } from "../testing/FakeNode.ts";
import { NOT_SERVED } from "./notServed.ts";

const vectors = vectorsDirectory(OPENRPC_FILE);
if (vectors === undefined) console.warn("skipped: no ethereum/openrpc.json; set TRELLIS_VECTORS");

const node = new FakeNode();
const authorization = signAuthorization(
  { chainId: 0n, address: TARGET, nonce: 9n },
  new Uint8Array(32).fill(9),
);
const sent = [
  testTransaction({ type: TRANSACTION_TYPES.legacy, ...oneGasPrice }),
  testTransaction({ type: TRANSACTION_TYPES.accessList, nonce: 1n, accessList: ACCESS_LIST, ...oneGasPrice }),
  testTransaction({ type: TRANSACTION_TYPES.dynamicFee, nonce: 2n, to: null, data: Uint8Array.of(0) }),
  testTransaction({ type: TRANSACTION_TYPES.keyAgile }),
  testTransaction({ type: TRANSACTION_TYPES.setCode, nonce: 6n, authorizationList: [authorization] }),
];
const block = node.chain.add({
  transactions: sent.map((signed, index) => ({
    signed,
    logs: index === 1 ? [testLog(TARGET, 1, 2)] : [],
    ...(signed.transaction.to === null && { contractAddress: TARGET }),
  })),
});
const pooled = node.pool.add(testTransaction({ nonce: 3n }));
const { sender } = sent[0]!;
node.chain.accounts.set(sender, { nonce: 3n, balance: 10n ** 18n, codeHash: EMPTY_CODE_HASH });
const hashes = sent.map(({ transaction }) => transaction.hash);
const [byNumber, byHash] = ["0x1", block.hash];
const missing = `0x${"ee".repeat(32)}`;

const filters = await Promise.all([
  node.result("eth_newFilter", {}),
  node.result("eth_newBlockFilter"),
  node.result("eth_newPendingTransactionFilter"),
]);
node.chain.add({ transactions: [{ signed: testTransaction({ nonce: 4n }), logs: [testLog(TARGET, 3)] }] });
node.pool.add(testTransaction({ nonce: 5n }));

const call = { from: sender, to: TARGET, value: "0x1", data: "0x010203" };

const CALLS: readonly (readonly [method: string, ...params: unknown[]])[] = [
  ["eth_chainId"],
  ["eth_config"],
  ["eth_capabilities"],
  ["eth_syncing"],
  ["eth_blockNumber"],
  ["eth_gasPrice"],
  ["eth_maxPriorityFeePerGas"],
  ["eth_baseFee"],
  ["eth_blobBaseFee"],
  ["eth_coinbase"],
  ["eth_accounts"],
  ["net_version"],
  ["eth_feeHistory", "0x4", "latest", [10, 50, 90]],
  ["eth_feeHistory", 2, "0x1", []],
  ["eth_feeHistory", "0x1", "pending"],
  ["eth_getBalance", sender, "latest"],
  ["eth_getBalance", TARGET, { blockHash: byHash, requireCanonical: true }],
  ["eth_getTransactionCount", sender, "pending"],
  ["eth_getTransactionCount", sender, { blockNumber: "0x1" }],
  ["eth_getCode", TARGET, "safe"],
  ["eth_getStorageAt", TARGET, "0x0", "finalized"],
  ["eth_getProof", TARGET, ["0x1", missing], "latest"],
  ["eth_getBlockByNumber", "latest", true],
  ["eth_getBlockByNumber", byNumber, true],
  ["eth_getBlockByNumber", "earliest", false],
  ["eth_getBlockByNumber", "0xffffff", false],
  ["eth_getBlockByHash", byHash, false],
  ["eth_getBlockByHash", missing, false],
  ["eth_getBlockTransactionCountByNumber", byNumber],
  ["eth_getBlockTransactionCountByHash", byHash],
  ["eth_getBlockTransactionCountByHash", missing],
  ["eth_getBlockReceipts", byNumber],
  ["eth_getBlockReceipts", byHash],
  ["eth_getBlockReceipts", "0xffffff"],
  ...hashes.map((hash) => ["eth_getTransactionByHash", hash] as const),
  ["eth_getTransactionByHash", pooled.transaction.hash],
  ["eth_getTransactionByHash", missing],
  ["eth_getTransactionByBlockNumberAndIndex", byNumber, "0x1"],
  ["eth_getTransactionByBlockHashAndIndex", byHash, "0x2"],
  ["eth_getTransactionByBlockHashAndIndex", byHash, "0x20"],
  ...hashes.map((hash) => ["eth_getTransactionReceipt", hash] as const),
  ["eth_getTransactionReceipt", missing],
  ["eth_getLogs", { fromBlock: "earliest", toBlock: "latest" }],
  ["eth_getLogs", { blockHash: byHash }],
  ["eth_getLogs", { address: `0x${"11".repeat(20)}` }],
  ["eth_getFilterLogs", filters[0]],
  ...filters.map((filter) => ["eth_getFilterChanges", filter] as const),
  ["eth_newFilter", { address: [TARGET], topics: [null, [missing]] }],
  ["eth_newBlockFilter"],
  ["eth_newPendingTransactionFilter"],
  ["eth_uninstallFilter", "0x1"],
  ["eth_call", call, "latest"],
  ["eth_estimateGas", call],
  ["eth_createAccessList", call, "latest"],
  ["eth_simulateV1", { blockStateCalls: [{ calls: [call] }, {}], returnFullTransactions: true }, "latest"],
  ["eth_simulateV1", { blockStateCalls: [{ blockOverrides: { number: "0x9" }, calls: [call, call] }] }],
  ["eth_sendTransaction", call],
  ["eth_fillTransaction", call],
  ["eth_fillTransaction", { ...call, gasPrice: "0x3b9aca00" }],
  ["eth_getStorageValues", { [TARGET]: ["0x0", missing], [sender]: ["0x1"] }, "latest"],
  ["eth_signTransaction", { ...call, gasPrice: "0x3b9aca00" }],
  ["eth_signTransaction", call],
  ["eth_sign", sender, "0xdeadbeef"],
  ["txpool_status"],
  ["txpool_content"],
  ["txpool_contentFrom", sender],
  ["debug_getRawHeader", "latest"],
  ["debug_getRawBlock", byNumber],
  ["debug_getRawReceipts", byNumber],
  ["debug_getRawTransaction", hashes[3]],
  ["debug_getBadBlocks"],
  ["debug_traceTransaction", hashes[0]],
  ["debug_traceTransaction", hashes[0], { tracer: "callTracer" }],
  ["debug_traceBlockByNumber", byNumber, { tracer: "prestateTracer", tracerConfig: { diffMode: true } }],
  ["debug_traceBlockByHash", byHash],
];

describe.skipIf(vectors === undefined)("results fit Ethereum's OpenRPC document", () => {
  const validator = vectors === undefined ? undefined : createOpenRpcValidator(vectors);

  it.each(CALLS.map(([method, ...params]) => [method, params] as const))(
    "%s (case %#)",
    async (method, params) => {
      const { result, error } = await node.call(method, ...params);
      expect(error).toBeUndefined();
      expect(validator!.check(method, result)).toEqual([]);
    },
  );

  it("every method of the document is tested here or listed as not served", () => {
    const covered = new Set([...CALLS.map(([method]) => method), ...NOT_SERVED]);
    const missingMethods = [...validator!.methods].filter(
      (name) => !covered.has(name) && !/^(engine|testing)_/.test(name),
    );
    expect(missingMethods).toEqual(["eth_sendRawTransaction"]);
  });

  it("a method that is not served is in the document", () => {
    const others = NOT_SERVED.filter((name) => !validator!.methods.has(name));
    expect(others).toEqual([]);
  });
});
