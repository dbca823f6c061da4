import { type Address, encodeFunctionData, encodeFunctionResult, type Hash, type Hex, keccak256 } from "viem";
import { beforeAll, describe, expect, it } from "vitest";
import { accountOf } from "./chain.ts";
import { publicClientOf, rpcCall, walletOf } from "./clients.ts";
import { deployProbe, probeAbi } from "./probe.ts";
import { useDevnet } from "./useDevnet.ts";

const shared = useDevnet();
const sender = accountOf(0);
let outer: Address;
let inner: Address;

beforeAll(async () => {
  outer = await deployProbe(shared.rpcUrl, sender);
  inner = await deployProbe(shared.rpcUrl, sender);
});

interface CallFrame {
  readonly type: string;
  readonly from: Hex;
  readonly to?: Hex;
  readonly value?: Hex;
  readonly gas: Hex;
  readonly gasUsed: Hex;
  readonly input: Hex;
  readonly output?: Hex;
  readonly error?: string;
  readonly revertReason?: string;
  readonly calls?: readonly CallFrame[];
  readonly logs?: readonly { readonly address: Hex; readonly topics: readonly Hex[] }[];
}

const lower = (address: string): string => address.toLowerCase();

async function mined(data: Hex, value = 0n): Promise<Hash> {
  const hash = await walletOf(shared.rpcUrl, sender).sendTransaction({
    to: outer,
    data,
    value,
    gas: 1_000_000n,
  });
  await publicClientOf(shared.rpcUrl).waitForTransactionReceipt({ hash });
  return hash;
}

async function trace<T>(method: string, params: unknown[]): Promise<T> {
  const { result, error } = await rpcCall(shared.rpcUrl, method, params);
  expect(error).toBeUndefined();
  return result as T;
}

const storeData = encodeFunctionData({ abi: probeAbi, functionName: "store", args: [1n, 2n] });
const forwardData = (data: Hex): Hex =>
  encodeFunctionData({ abi: probeAbi, functionName: "forward", args: [inner, data] });

describe("callTracer", () => {
  const tracer = { tracer: "callTracer" };

  it("nests the calls of a mined transaction", async () => {
    const hash = await mined(forwardData(storeData));
    const receipt = await publicClientOf(shared.rpcUrl).getTransactionReceipt({ hash });
    const frame = await trace<CallFrame>("debug_traceTransaction", [hash, tracer]);
    expect(frame).toMatchObject({
      type: "CALL",
      from: lower(sender.address),
      to: lower(outer),
      value: "0x0",
      input: forwardData(storeData),
      gas: "0xf4240",
      calls: [{ type: "CALL", from: lower(outer), to: lower(inner), input: storeData }],
    });
    expect(BigInt(frame.gasUsed)).toBe(receipt.gasUsed);
    expect(BigInt(frame.calls![0]!.gasUsed)).toBeLessThan(receipt.gasUsed);
    const result = encodeFunctionResult({ abi: probeAbi, functionName: "forward", result: "0x" });
    expect(frame.output).toBe(result);
  });

  it("shows value, logs on request, and only the top call on request", async () => {
    const data = forwardData("0x");
    const hash = await mined(data, 5n);
    const withLog = { ...tracer, tracerConfig: { withLog: true } };
    const frame = await trace<CallFrame>("debug_traceTransaction", [hash, withLog]);
    expect(frame.value).toBe("0x5");
    expect(frame.calls).toMatchObject([{ value: "0x5", logs: [{ address: lower(inner) }] }]);
    const onlyTopCall = { ...tracer, tracerConfig: { onlyTopCall: true } };
    const top = await trace<CallFrame>("debug_traceTransaction", [hash, onlyTopCall]);
    expect(top.calls ?? []).toEqual([]);
  });

  it("shows a creation and a failure with its reason", async () => {
    const created = encodeFunctionData({ abi: probeAbi, functionName: "create" });
    const creation = await trace<CallFrame>("debug_traceTransaction", [await mined(created), tracer]);
    expect(creation.calls).toMatchObject([{ type: "CREATE", from: lower(outer) }]);
    expect(creation.calls![0]!.to).toMatch(/^0x[0-9a-f]{40}$/);

    const failing = encodeFunctionData({ abi: probeAbi, functionName: "failWithReason" });
    const failure = await trace<CallFrame>("debug_traceTransaction", [await mined(failing), tracer]);
    expect(failure).toMatchObject({ error: "execution reverted", revertReason: "the probe refuses" });
  });

  it("traces a call that was not sent", async () => {
    const call = { from: sender.address, to: outer, data: forwardData(storeData) };
    const frame = await trace<CallFrame>("debug_traceCall", [call, "latest", tracer]);
    expect(frame.calls).toMatchObject([{ to: lower(inner) }]);
  });

  it("traces every transaction of a block", async () => {
    const hash = await mined(storeData);
    const { blockNumber, blockHash } = await publicClientOf(shared.rpcUrl).getTransactionReceipt({ hash });
    const byNumber = await trace("debug_traceBlockByNumber", [`0x${blockNumber.toString(16)}`, tracer]);
    expect(byNumber).toMatchObject([{ txHash: hash, result: { type: "CALL", to: lower(outer) } }]);
    expect(await trace("debug_traceBlockByHash", [blockHash, tracer])).toEqual(byNumber);
  });
});

describe("prestateTracer", () => {
  interface Prestate {
    readonly [address: string]: {
      readonly balance?: Hex;
      readonly nonce?: number;
      readonly storage?: object;
    };
  }

  it("shows the state before a transaction", async () => {
    const client = publicClientOf(shared.rpcUrl);
    const hash = await mined(encodeFunctionData({ abi: probeAbi, functionName: "store", args: [9n, 9n] }));
    const { blockNumber } = await client.getTransactionReceipt({ hash });
    const { nonce } = await client.getTransaction({ hash });
    const state = await trace<Prestate>("debug_traceTransaction", [hash, { tracer: "prestateTracer" }]);
    const { address } = sender;
    const before = await client.getBalance({ address, blockNumber: blockNumber - 1n });
    expect(state[lower(address)]).toMatchObject({ nonce });
    expect(BigInt(state[lower(address)]!.balance!)).toBe(before);
    expect(Object.values(state[lower(outer)]!.storage ?? {}).map((value) => BigInt(value))).toEqual([0n]);
  });

  it("has storage before each transaction of a block (debug_storageRangeAt)", async () => {
    const data = (value: bigint) =>
      encodeFunctionData({ abi: probeAbi, functionName: "store", args: [77n, value] });
    const hash = await mined(data(5n));
    const next = await mined(data(6n));
    const valueBefore = async (of: Hash): Promise<bigint> => {
      const receipt = await publicClientOf(shared.rpcUrl).getTransactionReceipt({ hash: of });
      const { blockHash, transactionIndex } = receipt;
      const { storage } = await trace<{ storage: Record<Hash, { key: Hash; value: Hash }> }>(
        "debug_storageRangeAt",
        [blockHash, transactionIndex, outer, "0x", 1_000],
      );
      return BigInt(storage[slotHash]?.value ?? 0);
    };
    const [slot] = Object.keys(
      (await trace<Prestate>("debug_traceTransaction", [next, { tracer: "prestateTracer" }]))[lower(outer)]!
        .storage!,
    ) as [Hash];
    const slotHash = keccak256(slot);
    expect([await valueBefore(hash), await valueBefore(next)]).toEqual([0n, 5n]);
  });

  it("shows the changes in diff mode", async () => {
    const hash = await mined(encodeFunctionData({ abi: probeAbi, functionName: "store", args: [10n, 11n] }));
    const config = { tracer: "prestateTracer", tracerConfig: { diffMode: true } };
    const { pre, post } = await trace<{ pre: Prestate; post: Prestate }>("debug_traceTransaction", [
      hash,
      config,
    ]);
    expect(post[lower(sender.address)]!.nonce).toBe(pre[lower(sender.address)]!.nonce! + 1);
    expect(Object.values(post[lower(outer)]!.storage!).map((value) => BigInt(value))).toEqual([11n]);
  });
});

describe("struct logs", () => {
  interface Trace {
    readonly gas: number;
    readonly failed: boolean;
    readonly returnValue: string;
    readonly structLogs: readonly {
      readonly pc: number;
      readonly op: string;
      readonly gas: number;
      readonly gasCost: number;
      readonly depth: number;
      readonly stack?: readonly string[];
      readonly memory?: readonly string[];
      readonly storage?: Readonly<Record<string, string>>;
    }[];
  }

  it("show every step of a mined transaction", async () => {
    const hash = await mined(forwardData(storeData));
    const { gasUsed } = await publicClientOf(shared.rpcUrl).getTransactionReceipt({ hash });
    const { structLogs, gas, failed } = await trace<Trace>("debug_traceTransaction", [hash]);
    expect({ gas, failed }).toEqual({ gas: Number(gasUsed), failed: false });
    expect(structLogs[0]).toMatchObject({ pc: 0, op: "PUSH1", depth: 1, stack: [] });
    expect(structLogs.filter(({ op }) => op === "SSTORE")).toMatchObject([{ depth: 2 }]);
    expect(structLogs.filter(({ op }) => op === "CALL")).toMatchObject([{ depth: 1 }]);
    expect(new Set(structLogs.map(({ depth }) => depth))).toEqual(new Set([1, 2]));
    for (const [index, step] of structLogs.entries()) {
      const next = structLogs[index + 1];
      if (next?.depth !== step.depth || step.op === "CALL") continue;
      expect(next.gas).toBe(step.gas - step.gasCost);
    }
  });

  it("include and omit what the configuration says", async () => {
    const hash = await mined(storeData);
    const bare = { disableStack: true, disableStorage: true, enableMemory: true, limit: 20 };
    const { structLogs } = await trace<Trace>("debug_traceTransaction", [hash, bare]);
    expect(structLogs).toHaveLength(20);
    expect(structLogs.every(({ stack, storage }) => stack === undefined && storage === undefined)).toBe(true);
    expect(structLogs.some(({ memory }) => memory !== undefined && memory.length > 0)).toBe(true);
    const { structLogs: full } = await trace<Trace>("debug_traceTransaction", [hash]);
    expect(
      Object.values(full.find(({ op }) => op === "SSTORE")!.storage!).map((value) => BigInt(value)),
    ).toEqual([2n]);
  });
});

describe("trace_*", () => {
  it("RPC-29.1: frames of a mined transaction, by transaction, block, address and index", async () => {
    const hash = await mined(forwardData(storeData));
    const { blockNumber, blockHash } = await publicClientOf(shared.rpcUrl).getTransactionReceipt({ hash });
    const number = `0x${blockNumber.toString(16)}`;
    const frames = await trace<object[]>("trace_transaction", [hash]);
    const place = { blockHash, blockNumber: Number(blockNumber), transactionHash: hash };
    expect(frames).toMatchObject([
      {
        action: { callType: "call", to: lower(outer) },
        subtraces: 1,
        traceAddress: [],
        type: "call",
        ...place,
      },
      { action: { from: lower(outer), to: lower(inner), input: storeData }, traceAddress: [0], ...place },
    ]);
    expect(await trace("trace_block", [number])).toEqual(frames);
    expect(await trace("trace_get", [hash, ["0x1"]])).toEqual(frames[1]);
    const filter = { fromBlock: number, toBlock: number, fromAddress: [outer] };
    expect(await trace("trace_filter", [filter])).toEqual([frames[1]]);
    const mux = { tracer: "muxTracer", tracerConfig: { flatCallTracer: {}, "4byteTracer": {} } };
    expect(await trace("debug_traceTransaction", [hash, mux])).toMatchObject({
      flatCallTracer: [{ ...place, traceAddress: [] }, { action: { input: storeData } }],
      "4byteTracer": { [`${storeData.slice(0, 10)}-64`]: 1 },
    });
  });

  it("state changes of a call, of calls one after another, and of a mined transaction", async () => {
    const call = {
      from: sender.address,
      to: outer,
      data: encodeFunctionData({ abi: probeAbi, functionName: "store", args: [20n, 21n] }),
    };
    const types = ["trace", "stateDiff"];
    interface Replay {
      readonly stateDiff: Readonly<Record<string, { readonly storage: object } | undefined>>;
      readonly trace: readonly object[];
    }
    const storageOf = ({ stateDiff }: Replay) => Object.values(stateDiff[lower(outer)]?.storage ?? {});
    const change = [{ "*": { from: `0x${"0".repeat(64)}`, to: `0x${"15".padStart(64, "0")}` } }];
    const one = await trace<Replay>("trace_call", [call, types]);
    expect(storageOf(one)).toEqual(change);
    expect(one.trace).toMatchObject([{ action: { to: lower(outer) }, traceAddress: [] }]);
    const many = await trace<Replay[]>("trace_callMany", [
      [
        [call, types],
        [call, types],
      ],
    ]);
    expect(many.map(storageOf)).toEqual([change, []]);
    const bundles = [{ transactions: [call, call] }];
    const [traces] = await trace<object[][]>("debug_traceCallMany", [bundles, {}, { tracer: "4byteTracer" }]);
    expect(traces).toEqual([
      { [`${call.data.slice(0, 10)}-64`]: 1 },
      { [`${call.data.slice(0, 10)}-64`]: 1 },
    ]);
    const hash = await mined(call.data);
    expect(storageOf(await trace<Replay>("trace_replayTransaction", [hash, types]))).toEqual(change);
  });
});

it("RPC-30: viem simulates blocks, each on the changes of those before", async () => {
  const read = {
    to: inner,
    data: encodeFunctionData({ abi: probeAbi, functionName: "store", args: [30n, 31n] }),
  };
  const transfer = { to: outer, data: forwardData("0x"), value: 5n };
  const client = publicClientOf(shared.rpcUrl);
  const balance = await client.getBalance({ address: inner });
  const blocks = await client.simulateBlocks({
    blocks: [
      { calls: [transfer], stateOverrides: [{ address: sender.address, balance: 10n ** 20n }] },
      { calls: [read, transfer], blockOverrides: { time: 2n ** 33n } },
    ].map((block) => ({
      ...block,
      calls: block.calls.map((call) => ({ ...call, account: sender.address })),
    })),
    traceTransfers: true,
  });
  expect(blocks.map(({ calls }) => calls.map(({ status, logs }) => [status, logs?.length]))).toEqual([
    [["success", 3]],
    [
      ["success", 1],
      ["success", 3],
    ],
  ]);
  expect(blocks[1]!.timestamp).toBe(2n ** 33n);
  expect(blocks[1]!.parentHash).toBe(blocks[0]!.hash);
  expect(await client.getBalance({ address: inner })).toBe(balance);
});

it("an unknown transaction, and an unknown tracer, are refused", async () => {
  const missing = await rpcCall(shared.rpcUrl, "debug_traceTransaction", [`0x${"11".repeat(32)}`]);
  expect(missing.error).toMatchObject({ code: -32000, message: "transaction not found" });
  const hash = await mined(storeData);
  const unknown = await rpcCall(shared.rpcUrl, "debug_traceTransaction", [hash, { tracer: "noTracer" }]);
  expect(unknown.error?.code).toBe(-32000);
});
