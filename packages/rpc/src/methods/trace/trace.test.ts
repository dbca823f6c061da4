import { bytesToHex } from "@trellis/base";
import { TARGET, testTransaction } from "@trellis/kit/chainView";
import { EncodedJson, type FrameSelection, type Hash, type TracerRequest } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { FakeNode, type FakeNodeOptions } from "../../testing/FakeNode.ts";

const MISSING = `0x${"ee".repeat(32)}`;
const frame = (n: number) => ({ action: { gas: `0x${n}` }, traceAddress: [n] });

/** Blocks 1 to `count`; block n has n frames, in one list per transaction. */
function nodeWith(count: number, options: FakeNodeOptions = {}) {
  const node = new FakeNode(options);
  const frames = new Map<Hash, number>();
  const traced: TracerRequest[] = [];
  for (let number = 1; number <= count; number++) {
    const signed = testTransaction({ nonce: BigInt(number) });
    frames.set(node.chain.add({ transactions: [{ signed }] }).hash, number);
  }
  node.chain.simulation.traceBlock = async (block, tracer) => {
    traced.push(tracer);
    const list = Array.from({ length: frames.get(block)! }, (_, n) => frame(n));
    return [
      { transactionHash: block, result: new EncodedJson(JSON.stringify(list)) },
      { transactionHash: block, result: [] },
    ];
  };
  return { node, traced };
}

describe("RPC-29: trace_filter", () => {
  it("joins the frames of a range, after and up to a count", async () => {
    const { node } = nodeWith(4);
    const filter = (fields: object) => node.result("trace_filter", { fromBlock: "0x1", ...fields });
    const all = [0, 0, 1, 0, 1, 2, 0, 1, 2, 3].map(frame);
    expect(await filter({})).toEqual(all);
    expect(await filter({ fromBlock: "0x2", toBlock: "0x3" })).toEqual(all.slice(1, 6));
    for (const [after, count] of [
      [0, 4],
      [2, 1],
      [1, 5],
      [3, 100],
      [10, 1],
      [0, 0],
    ] as const)
      expect(await filter({ after, count })).toEqual(all.slice(after, after + count));
  });

  it("stops at the count", async () => {
    const { node, traced } = nodeWith(4);
    await node.result("trace_filter", { fromBlock: "0x1", count: 2 });
    expect(traced).toHaveLength(2);
  });

  it("passes on addresses and mode", async () => {
    const { node, traced } = nodeWith(1);
    const addresses = { fromAddress: [TARGET], toAddress: [], mode: "intersection" };
    await node.result("trace_filter", { fromBlock: "0x1", ...addresses });
    const select: FrameSelection = { kind: "addresses", from: [TARGET], to: [], mode: "intersection" };
    expect(traced).toEqual([{ kind: "parityFrames", select }]);
  });

  it.each([
    [{ fromBlock: "0x3", toBlock: "0x2" }, -32000, "invalid block range: 3 to 2"],
    [{ fromBlock: "0x1", toBlock: "0x9" }, -32005, "block range of 9 is larger than 3"],
    [{ fromBlock: "0x4", toBlock: "0x5" }, -32000, "header not found"],
    [{ fromBlock: "0xffffffffffffffff" }, -32000, /^invalid block range/],
    [{ fromAddress: TARGET }, -32602, /non-array value$/],
    [{ toAddress: Array.from({ length: 1_001 }, () => TARGET) }, -32602, /too many values/],
    [{ mode: "both" }, -32602, /invalid mode$/],
    [{ after: -1 }, -32602, /not a whole number in range$/],
    [{ count: "x" }, -32602, /hex string without 0x prefix$/],
    ["0x1", -32602, /non-object value for filter$/],
  ])("refuses %j", async (filter, code, message) => {
    const { node } = nodeWith(4, { limits: { traceBlocksMax: 3 } });
    const { error } = await node.call("trace_filter", filter);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it("RPC_RESPONSE_TOO_LARGE", async () => {
    const { node } = nodeWith(4, { limits: { responseBytesMax: 100 } });
    expect((await node.call("trace_filter", { fromBlock: "0x1" })).error?.code).toBe(-32003);
  });
});

describe("traces of accepted transactions", () => {
  it("are null for an unknown block or transaction, and empty for genesis", async () => {
    const { node } = nodeWith(1);
    for (const [method, ...params] of [
      ["trace_block", "0x9"],
      ["trace_transaction", MISSING],
      ["trace_get", MISSING, ["0x0"]],
      ["trace_replayTransaction", MISSING, ["trace"]],
    ] as const)
      expect(await node.result(method, ...params)).toBeNull();
    expect(await node.result("trace_block", "0x0")).toEqual([]);
    expect(await node.result("trace_replayBlockTransactions", "earliest", ["trace"])).toEqual([]);
  });

  it("trace_get returns the frame at an index", async () => {
    const { node } = nodeWith(1);
    const { hash } = testTransaction({ nonce: 1n }).transaction;
    let select: FrameSelection | undefined;
    node.chain.simulation.traceTransaction = async (_, __, tracer) => {
      if (tracer.kind === "parityFrames") select = tracer.select;
      return select?.kind === "index" && select.index === 0 ? [frame(5)] : [];
    };
    expect(await node.result("trace_get", hash, ["0x0"])).toEqual(frame(5));
    expect(select).toEqual({ kind: "index", index: 0 });
    expect(await node.result("trace_get", hash, ["0x7"])).toBeNull();
    for (const indices of [[], ["0x0", "0x1"], ["x"]])
      expect((await node.call("trace_get", hash, indices)).error?.code).toBe(-32602);
  });

  it("a block's replays name their transactions", async () => {
    const { node } = nodeWith(1);
    node.chain.simulation.traceBlock = async (block, tracer) => [
      {
        transactionHash: block,
        result: new EncodedJson(JSON.stringify({ output: "0x", tracer: tracer.kind })),
      },
    ];
    const [first] = (await node.result("trace_replayBlockTransactions", "latest", ["stateDiff"])) as object[];
    expect(first).toEqual({ transactionHash: node.chain.head().hash, output: "0x", tracer: "parityReplay" });
  });
});

describe("trace_rawTransaction", () => {
  const raw = (fields: object) => bytesToHex(testTransaction(fields).transaction.encoded);

  it("executes as the transaction's sender", async () => {
    const { node } = nodeWith(1);
    const { sender } = testTransaction();
    const list = [{ address: TARGET, storageKeys: [MISSING as Hash] }];
    const transaction = raw({ value: 7n, gasLimit: 60_000n, nonce: 99n, accessList: list });
    for (const at of [[], ["0x1"]])
      expect(await node.result("trace_rawTransaction", transaction, ["trace"], ...at)).toEqual({
        type: "CALL",
        tracer: "parityReplay",
      });
    expect(node.chain.simulation.last?.request).toEqual({
      from: sender,
      to: TARGET,
      gasLimit: 60_000n,
      value: 7n,
      data: Uint8Array.of(1, 2, 3),
      accessList: list,
      maxFeePerGas: 2_000_000_000n,
      maxPriorityFeePerGas: 1_000_000_000n,
    });
  });

  it("refuses what eth_sendRawTransaction would refuse in every state", async () => {
    const { node } = nodeWith(1);
    for (const [transaction, reason] of [
      ["0x", "RLP"],
      [raw({ chainId: 5n }), "chain id"],
      [raw({ gasLimit: 50_000_001n }), "gas limit"],
      [raw({ gasLimit: 20_999n }), "intrinsic gas"],
    ] as const) {
      const { error } = await node.call("trace_rawTransaction", transaction, ["trace"]);
      expect(error?.message.toLowerCase()).toContain(reason.toLowerCase());
    }
    expect(node.chain.simulation.last?.request).toBeUndefined();
  });
});

describe("traces of calls", () => {
  it("trace_callMany and debug_traceCallMany execute one after another", async () => {
    const { node } = nodeWith(1);
    const { simulation } = node.chain;
    const call = { to: TARGET, gas: "0x5208" };
    expect(
      await node.result("trace_callMany", [
        [call, ["trace"]],
        [{}, ["stateDiff"]],
      ]),
    ).toEqual([
      { type: "CALL", tracer: "parityReplay" },
      { type: "CALL", tracer: "parityReplay" },
    ]);
    expect(simulation.last?.bundles).toMatchObject([
      {
        calls: [
          { request: { to: TARGET, gasLimit: 21_000n }, tracer: { trace: true, stateDiff: false } },
          { request: { to: null }, tracer: { trace: false, stateDiff: true } },
        ],
      },
    ]);
    const bundles = [{ transactions: [call, call], blockOverride: { number: "0x9" } }, {}];
    const options = { tracer: "callTracer", blockOverrides: { number: "0x8", time: "0x7" } };
    expect(await node.result("debug_traceCallMany", bundles, { blockNumber: "0x1" }, options)).toEqual([
      [
        { type: "CALL", tracer: "call" },
        { type: "CALL", tracer: "call" },
      ],
      [],
    ]);
    expect(simulation.last?.bundles?.map(({ blockOverrides }) => blockOverrides)).toEqual([
      { number: 9n, timestamp: 7n },
      { number: 8n, timestamp: 7n },
    ]);
  });

  it.each([
    ["trace_call", [{}, ["vmTrace"]], "vmTrace is not supported; debug_traceCall returns every step"],
    ["trace_call", [{}, ["other"]], "unknown trace type"],
    ["trace_call", [{}, "trace"], "non-array value"],
    ["trace_call", [{}], "missing value for required argument 1"],
    ["trace_callMany", [[{}]], "want [transaction, trace types]"],
    ["trace_callMany", [Array.from({ length: 1_001 }, () => [{}, []])], "too many values"],
    ["debug_traceCallMany", [[{}], { transactionIndex: 3 }], "only transactionIndex -1"],
    ["debug_traceCallMany", [[{ transactions: [1] }]], "non-object value for transaction"],
    ["debug_traceCallMany", [{}], "non-array value"],
  ])("%s refuses %j", async (method, params, reason) => {
    const { error } = await new FakeNode().call(method, ...params);
    expect(error).toMatchObject({ code: -32602, message: expect.stringContaining(reason) });
  });
});
