import type {
  CallResult,
  Json,
  NamedTracerRequest,
  TracerRequest,
  TransactionTrace,
} from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { createEvm } from "../createEvm.ts";
import {
  ALICE,
  blockInput,
  COIN,
  CONTEXT,
  CONTRACT,
  callInput,
  code,
  contractState,
  MINER,
  OTHER,
  random,
  transaction,
  word,
} from "../testing/testState.ts";
import { creationAddress } from "./creationAddress.ts";

const evm = createEvm({ random });
const IDENTITY = "0x0000000000000000000000000000000000000004";
const BLOCK = `0x${"bb".repeat(32)}` as const;

/** Calls OTHER with 4 bytes and no value, then the identity precompile, then itself reverts or not. */
const callOther = `5f5f60045f5f73${OTHER.slice(2)}5af150`;
const callIdentity = "5f5f60045f60045afa50";
const state = contractState(
  code("7f11223344", "00".repeat(28), "5f52", callOther, callIdentity, "60015f55"),
  {
    [OTHER]: { nonce: 1n, code: code("5f5ffd") },
  },
);

const trace = (tracer: TracerRequest, request = {}) =>
  evm.traceCall(callInput(state, request), tracer) as never;
const flat = (fields: object = {}): NamedTracerRequest => ({
  kind: "flatCall",
  convertParityErrors: false,
  includePrecompiles: false,
  ...fields,
});

describe("flatCallTracer", () => {
  it("lists parents first, with geth's gas of the whole transaction", () => {
    const [root, call] = trace(flat()) as [never, never];
    expect(root).toMatchObject({
      action: { callType: "call", from: ALICE, to: CONTRACT, gas: "0x989680", input: "0x", value: "0x0" },
      subtraces: 1,
      traceAddress: [],
      type: "call",
    });
    expect(call).toMatchObject({
      action: { callType: "call", from: CONTRACT, to: OTHER, input: "0x11223344" },
      error: "execution reverted",
      result: { output: "0x" },
      subtraces: 0,
      traceAddress: [0],
    });
  });

  it("EVM-22: omits the precompiles of the block's fork", () => {
    // Calls P256VERIFY.
    const calling = contractState(code("5f5f5f5f6101005afa00"));
    const calls = (fork: "cancun" | "osaka") => {
      const block = { ...blockInput(calling, [transaction()]), context: { ...CONTEXT, fork } };
      const [traced] = evm.traceBlock(block, flat()) as TransactionTrace[];
      return (traced!.result as Json[]).length - 1;
    };
    expect([calls("cancun"), calls("osaka"), calls("cancun")]).toEqual([1, 0, 1]);
  });

  it("shows precompiles on request, and Parity's errors", () => {
    const frames = trace(flat({ includePrecompiles: true, convertParityErrors: true })) as {
      action: object;
    }[];
    expect(frames).toMatchObject([
      { subtraces: 2 },
      { error: "Reverted" },
      { action: { callType: "staticcall", to: IDENTITY, value: "0x0" }, traceAddress: [1] },
    ]);
  });

  it.each([
    ["fe", "Bad instruction"],
    ["50", "Stack underflow"],
    ["5f56", "Bad jump destination"],
    ["60205f5f3e", "Out of bounds"],
    ["5b5f56", "Out of gas"],
  ])("converts the failure of 0x%s to Parity's %s, without a result", (program, error) => {
    const input = callInput(contractState(code(program)), { gasLimit: 50_000n });
    const [frame] = evm.traceCall(input, flat({ convertParityErrors: true })) as { error: string }[];
    expect(frame).toMatchObject({ error });
    expect(frame).not.toHaveProperty("result");
  });
});

it("4byteTracer counts selectors with the size of their arguments, without precompiles", () => {
  const data = code("aabbccdd", word(1));
  expect(trace({ kind: "fourByte" }, { data })).toEqual({ "0x11223344-0": 1, "0xaabbccdd-32": 1 });
});

it("noopTracer returns an empty object", () => expect(trace({ kind: "noop" })).toEqual({}));

it("muxTracer returns what each tracer alone returns", () => {
  const tracers = [
    ["callTracer", { kind: "call", onlyTopCall: false, withLog: true }],
    ["prestateTracer", { kind: "prestate", diffMode: true }],
    ["4byteTracer", { kind: "fourByte" }],
    ["flatCallTracer", flat()],
    ["noopTracer", { kind: "noop" }],
  ] as const;
  const alone = Object.fromEntries(tracers.map(([name, tracer]) => [name, trace(tracer)]));
  expect(trace({ kind: "mux", tracers })).toEqual(alone);
  expect(trace({ kind: "mux", tracers: [] })).toEqual({});
});

describe("Parity's traces", () => {
  const replay = (fields: object = {}): TracerRequest => ({
    kind: "parityReplay",
    trace: true,
    stateDiff: true,
    ...fields,
  });

  it("exclude the intrinsic gas and name frames that fail without a result", () => {
    const input = callInput(contractState(code("5b5f56")), { gasLimit: 50_000n });
    const { trace: frames, output, vmTrace } = evm.traceCall(input, replay()) as { [field: string]: Json };
    expect({ output, vmTrace }).toEqual({ output: "0x", vmTrace: null });
    expect(frames).toEqual([
      {
        action: { callType: "call", from: ALICE, to: CONTRACT, gas: "0x7148", input: "0x", value: "0x0" },
        error: "Out of gas",
        result: null,
        subtraces: 0,
        traceAddress: [],
        type: "call",
      },
    ]);
  });

  it("show what changed, appeared and disappeared", () => {
    const created = creationAddress(ALICE, 0n);
    const initCode = "60015f5560fe5f5360015ff3";
    const { stateDiff, trace: frames } = trace(replay(), { to: null, data: code(initCode), value: 5n });
    expect(stateDiff).toEqual({
      [ALICE]: {
        balance: { "*": { from: `0x${COIN.toString(16)}`, to: `0x${(COIN - 5n).toString(16)}` } },
        code: "=",
        nonce: { "*": { from: "0x0", to: "0x1" } },
        storage: {},
      },
      [created]: {
        balance: { "+": "0x5" },
        code: { "+": "0xfe" },
        nonce: { "+": "0x1" },
        storage: { [`0x${word(0)}`]: { "+": `0x${word(1)}` } },
      },
    });
    expect(frames).toMatchObject([
      {
        type: "create",
        action: { from: ALICE, init: `0x${initCode}`, value: "0x5", creationMethod: "create" },
        result: { address: created, code: "0xfe" },
      },
    ]);
  });

  it("show a slot that changes, and a self-destruct as suicide", () => {
    const { stateDiff } = trace(replay());
    expect(stateDiff[CONTRACT]).toEqual({
      balance: "=",
      code: "=",
      nonce: "=",
      storage: { [`0x${word(0)}`]: { "*": { from: `0x${word(0)}`, to: `0x${word(1)}` } } },
    });
    const input = callInput(contractState(code(`73${OTHER.slice(2)}ff`)), { value: 3n });
    const { trace: frames } = evm.traceCall(input, replay()) as { trace: Json[] };
    expect(frames).toMatchObject([
      { subtraces: 1 },
      {
        type: "suicide",
        action: { address: CONTRACT, refundAddress: OTHER, balance: "0x3" },
        result: null,
        traceAddress: [0],
      },
    ]);
  });

  it("answer only what is requested", () =>
    expect(trace(replay({ trace: false, stateDiff: false }))).toMatchObject({ stateDiff: null, trace: [] }));

  describe("of blocks", () => {
    const block = {
      ...blockInput(state, [
        transaction({ nonce: 7n }),
        transaction(),
        transaction({ nonce: 1n, to: MINER, value: 1n }),
      ]),
      hash: BLOCK,
    };
    const select = (selection: object) =>
      (
        evm.traceBlock(block, { kind: "parityFrames", select: selection as never }) as TransactionTrace[]
      ).flatMap(({ result }) => result as { action: { to: string }; traceAddress: number[] }[]);

    it("name their place; skipped transactions have none", () => {
      const frames = select({ kind: "all" });
      const place = { blockHash: BLOCK, blockNumber: 100 };
      expect(frames).toMatchObject([
        { ...place, transactionPosition: 0, traceAddress: [] },
        { ...place, transactionPosition: 0, traceAddress: [0] },
        { ...place, transactionPosition: 1, traceAddress: [] },
      ]);
      const hashes = block.carriers[0]!.transactions.map(({ transaction: { hash } }) => hash);
      expect(frames.map((frame) => (frame as never as { transactionHash: string }).transactionHash)).toEqual([
        hashes[1],
        hashes[1],
        hashes[2],
      ]);
    });

    it.each([
      [{ from: [CONTRACT], to: [], mode: "union" }, [OTHER]],
      [{ from: [CONTRACT], to: [MINER], mode: "union" }, [OTHER, MINER]],
      [{ from: [CONTRACT], to: [MINER], mode: "intersection" }, []],
      [{ from: [ALICE], to: [MINER], mode: "intersection" }, [MINER]],
      [{ from: [], to: [MINER], mode: "intersection" }, [MINER]],
      [{ from: [], to: [], mode: "union" }, [CONTRACT, OTHER, MINER]],
    ])("are selected by %j", (addresses, recipients) =>
      expect(select({ kind: "addresses", ...addresses }).map(({ action }) => action.to)).toEqual(recipients),
    );

    it("are selected by index", () => {
      expect(select({ kind: "index", index: 1 }).map(({ action }) => action.to)).toEqual([OTHER]);
      expect(select({ kind: "index", index: 9 })).toEqual([]);
    });
  });
});

describe("a sequence of calls", () => {
  const counter = contractState(code("5f54600101805f555f5260205ff3"));
  const { request } = callInput(counter);
  const call = { request, tracer: { kind: "call", onlyTopCall: true, withLog: false } as const };
  const run = (bundles: Parameters<typeof evm.traceCalls>[0]["bundles"]) =>
    (evm.traceCalls({ ...callInput(counter), bundles }) as { output: string; error?: string }[][]).map(
      (traces) => traces.map(({ output, error }) => error ?? BigInt(output)),
    );

  it("sees the changes of the calls before, across bundles, and leaves none behind", () => {
    const bundles = [
      { blockOverrides: undefined, calls: [call, call] },
      { blockOverrides: { number: 7n }, calls: [call] },
    ];
    expect(run(bundles)).toEqual([[1n, 2n], [3n]]);
    expect(run(bundles)).toEqual([[1n, 2n], [3n]]);
    expect((evm.call(callInput(counter)) as CallResult).output.at(-1)).toBe(1);
  });

  it("uses the overridden block", () => {
    const numbered = contractState(code("435f5260205ff3"));
    const bundles = [{ blockOverrides: { number: 7n }, calls: [call] }];
    expect(evm.traceCalls({ ...callInput(numbered), bundles })).toMatchObject([[{ output: `0x${word(7)}` }]]);
  });

  it("CALL_FUNDS_INSUFFICIENT: ends at a refused call, and leaves no change behind", () => {
    const refused = { ...call, request: { ...request, value: COIN * 2n } };
    expect(() => run([{ blockOverrides: undefined, calls: [call, refused] }])).toThrow(
      expect.objectContaining({ code: "CALL_FUNDS_INSUFFICIENT" }),
    );
    expect(run([{ blockOverrides: undefined, calls: [call] }])).toEqual([[1n]]);
  });
});
