import { bytesToBigint } from "@trellis/base";
import {
  type Address,
  type BlockOverrides,
  type BlockSimulationInput,
  type CallResult,
  DEFAULT_FORK,
  type Hash,
  type LogEntry,
  type SimulatedBlock,
  type SimulatedBlockResult,
  type SimulationRefusal,
} from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { createEvm } from "../createEvm.ts";
import {
  ALICE,
  COIN,
  CONTRACT,
  callInput,
  code,
  contractState,
  OTHER,
  random,
  stateOf,
  word,
} from "../testing/testState.ts";
import { creationAddress } from "../tracing/creationAddress.ts";

const evm = createEvm({ random });
const PARENT: Hash = `0x${"aa".repeat(32)}`;
const HASH: Hash = `0x${"bb".repeat(32)}`;
/** Returns the old value of slot 0, increased by 1. */
const COUNTER = code("5f54600101805f555f5260205ff3");
const { request } = callInput(contractState(COUNTER));

type Call = SimulatedBlock["calls"][number];
const call = (fields: Partial<Call["request"]> = {}, nonce?: bigint): Call => ({
  request: { ...request, gasLimit: undefined, ...fields },
  nonce,
});
const block = (
  calls: readonly Call[],
  overrides: BlockOverrides = {},
  rest: Partial<SimulatedBlock> = {},
) => ({
  hash: HASH,
  overrides,
  stateOverrides: undefined,
  calls,
  ...rest,
});

function simulate(blocks: readonly SimulatedBlock[], fields: Partial<BlockSimulationInput> = {}) {
  const { request: _, ...input } = callInput(contractState(COUNTER));
  return evm.simulateBlocks({
    ...input,
    parent: { hash: PARENT, gasUsed: 15_000_000n },
    rules: { baseFeeChangeDenominator: 8n, baseFeeMin: 1n, forks: [{ name: DEFAULT_FORK, number: 0 }] },
    blocks,
    gasMax: 50_000_000n,
    validates: false,
    logsTransfers: false,
    ...fields,
  }) as Awaited<ReturnType<typeof evm.simulateBlocks>>;
}

function done(...args: Parameters<typeof simulate>): readonly SimulatedBlockResult[] {
  const simulation = simulate(...args);
  if (simulation.kind === "refused") expect.fail(JSON.stringify(simulation));
  return simulation.blocks;
}

const outputs = (blocks: readonly SimulatedBlockResult[]) =>
  blocks.map(({ calls }) => calls.map(({ output }) => bytesToBigint(output)));

describe("eth_simulateV1", () => {
  it("carries state from call to call and from block to block, and leaves none behind", () => {
    const blocks = [block([call(), call()]), block([call()])];
    expect(outputs(done(blocks))).toEqual([[1n, 2n], [3n]]);
    expect(outputs(done(blocks))).toEqual([[1n, 2n], [3n]]);
    expect(done(blocks).map(({ calls }) => calls.map(({ nonce }) => nonce))).toEqual([[0n, 1n], [2n]]);
    const single = evm.call(callInput(contractState(COUNTER))) as CallResult;
    expect(single.output.at(-1)).toBe(1);
  });

  it("applies a block's state overrides to the state of the blocks before", () => {
    const stateOverrides = new Map([[CONTRACT, { stateDiff: new Map([[`0x${word(0)}` as Hash, 40n]]) }]]);
    const blocks = [block([call()]), block([call()], {}, { stateOverrides }), block([call()])];
    expect(outputs(done(blocks))).toEqual([[1n], [41n], [42n]]);
  });

  it("creates contracts that later blocks call", () => {
    // Deploys 602a5f5260205ff3, which returns 42.
    const initCode = code("67602a5f5260205ff35f5260086018f3");
    const made = creationAddress(ALICE, 0n);
    const [first, second] = done([block([call({ to: null, data: initCode })]), block([call({ to: made })])]);
    expect(first!.calls[0]).toMatchObject({ contractAddress: made });
    expect(bytesToBigint(second!.calls[0]!.output)).toBe(42n);
  });

  it("BLOCKHASH knows the simulated blocks and their parent", () => {
    const state = contractState(code("600143034043034060205f5260205ff3"));
    const blockHash = (number: bigint) => code(`${"7f"}${word(number)}405f5260205ff3`);
    const at = (number: bigint, wanted: bigint): SimulatedBlock =>
      block(
        [call({ to: OTHER })],
        { number },
        {
          stateOverrides: new Map([[OTHER, { code: blockHash(wanted) }]]),
        },
      );
    const blocks = [at(101n, 100n), at(102n, 101n), at(103n, 99n)];
    expect(outputs(done(blocks, { state })).map(([hash]) => `0x${word(hash!)}`)).toEqual([
      PARENT,
      HASH,
      `0x${word(99)}`,
    ]);
  });

  it("uses the overridden block; the base fee is 0, or next after its parent with validation", () => {
    const context = code("435f52426020524160405248606052456080523a60a05260c05ff3");
    const state = contractState(context);
    const overrides = { number: 7n, timestamp: 8n, coinbase: OTHER, gasLimit: 9_000_000n };
    const words = ({ calls }: SimulatedBlockResult) =>
      Array.from({ length: 6 }, (_, index) =>
        bytesToBigint(calls[0]!.output.subarray(index * 32, index * 32 + 32)),
      );
    expect(words(done([block([call()], overrides)], { state })[0]!)).toEqual([
      ...[7n, 8n, BigInt(OTHER), 0n, 9_000_000n],
      0n,
    ]);
    const paying = call({ maxFeePerGas: 2_000n, maxPriorityFeePerGas: 5n });
    const validated = done([block([paying], overrides), block([], overrides)], { state, validates: true });
    expect(words(validated[0]!).slice(3)).toEqual([1_000n, 9_000_000n, 1_005n]);
    // The first block is nearly empty: 1/8 less.
    expect(validated.map(({ baseFee }) => baseFee)).toEqual([1_000n, 876n]);
  });

  it("describes failures", () => {
    const state = contractState(code("5f356020525f5f56"));
    const [result] = done([block([call()])], { state });
    expect(result!.calls).toMatchObject([{ outcome: "invalid", failure: "invalid jump destination" }]);
    const reverting = contractState(code("60015ffd"));
    expect(done([block([call()])], { state: reverting })[0]!.calls).toMatchObject([
      { outcome: "revert", output: Uint8Array.of(0), logs: [] },
    ]);
  });

  it.each<[SimulationRefusal, readonly Call[], { validates?: boolean; baseFee?: bigint; gasMax?: bigint }]>([
    ["NONCE_TOO_LOW", [call({}, 4n)], { validates: true }],
    ["NONCE_TOO_HIGH", [call({}, 6n)], { validates: true }],
    ["FEE_BELOW_BASE_FEE", [call({ maxFeePerGas: 874n })], { validates: true }],
    ["FEE_BELOW_BASE_FEE", [call()], { validates: true }],
    ["INTRINSIC_GAS", [call({ gasLimit: 20_999n })], {}],
    ["FUNDS_INSUFFICIENT", [call({ value: COIN + 1n })], {}],
    ["SENDER_HAS_CODE", [call({ from: CONTRACT, maxFeePerGas: 0n })], { validates: true, baseFee: 0n }],
    ["GAS_BUDGET_EXHAUSTED", [call({ gasLimit: 30_000_001n })], {}],
    ["MALFORMED", [call({ to: null, data: new Uint8Array(49_153) })], {}],
    ["GAS_MAX_EXCEEDED", [call({ gasLimit: 21_000n, to: OTHER }), call()], { gasMax: 21_000n }],
  ])("refuses %s", (reason, calls, { baseFee, ...fields }) => {
    const state = stateOf({
      [ALICE]: { balance: COIN, nonce: 5n },
      [CONTRACT]: { balance: COIN, nonce: 1n, code: COUNTER },
    });
    const good = block([call({ maxFeePerGas: 0n })], { baseFee: 0n });
    const overrides = baseFee === undefined ? {} : { baseFee };
    const before = reason === "GAS_MAX_EXCEEDED" ? [] : [block([])];
    const blocks = [...before, block(calls, overrides)];
    expect(simulate(blocks, { state, ...fields })).toEqual({
      kind: "refused",
      reason,
      block: before.length,
      call: calls.length - 1,
    });
    expect(simulate([good], { state })).toMatchObject({ kind: "done" });
  });

  it("ignores nonces and code of the sender without validation", () => {
    const calls = [call({}, 77n), call({ from: CONTRACT, value: 0n })];
    expect(done([block(calls)])[0]!.calls.map(({ nonce }) => nonce)).toEqual([77n, 1n]);
  });

  describe("EVM-22: each block has the rules of its number", () => {
    const rules = {
      baseFeeChangeDenominator: 8n,
      baseFeeMin: 1n,
      forks: [
        { name: "cancun", number: 0 },
        { name: "osaka", number: 102 },
      ],
    } as const;
    const at = (number: bigint, calls: readonly Call[]) => block(calls, { number, baseFee: 0n });
    const delegation = { chainId: 0n, address: OTHER, nonce: 0n, yParity: 0, r: 1n, s: 1n };

    it("opcodes", () => {
      // CLZ
      const state = contractState(code("60011e5f5260205ff3"));
      const [before, after] = done([at(101n, [call()]), at(102n, [call()])], { state, rules });
      expect(before!.calls[0]!.outcome).toBe("invalid");
      expect(bytesToBigint(after!.calls[0]!.output)).toBe(255n);
    });

    it("the gas cap of a transaction (EIP-7825)", () => {
      const gasMax = 1n << 24n;
      const unset = [at(101n, [call()]), at(102n, [call()])];
      expect(done(unset, { rules }).map(({ calls }) => calls[0]!.gasLimit)).toEqual([30_000_000n, gasMax]);
      const capped = (gasLimit: bigint) =>
        simulate([at(102n, [call({ gasLimit })])], { rules, validates: true });
      expect(capped(gasMax)).toMatchObject({ kind: "done" });
      expect(capped(gasMax + 1n)).toMatchObject({ kind: "refused", reason: "MALFORMED" });
    });

    it("CALL_INVALID: authorizations before Prague", () => {
      const setCode = call({ authorizationList: [delegation] });
      expect(done([at(102n, [setCode])], { rules })[0]!.calls[0]!.outcome).toBe("success");
      expect(() => simulate([at(101n, [setCode])], { rules })).toThrow(
        expect.objectContaining({ code: "CALL_INVALID" }),
      );
    });
  });

  it("caps the gas of a call at what is left of all", () => {
    const [result] = done([block([call({ to: OTHER }), call()])], { gasMax: 100_000n });
    expect(result!.calls.map(({ gasLimit }) => gasLimit)).toEqual([100_000n, 79_000n]);
  });

  it("CALL_STOPPED: ends when its caller has left, and leaves no change behind", () => {
    const { signal } = new AbortController();
    const cancellation = { signal, isOver: () => true };
    const state = contractState(code("5b5f56"));
    expect(() => simulate([block([call()])], { state, cancellation })).toThrow(
      expect.objectContaining({ code: "CALL_STOPPED" }),
    );
    expect(outputs(done([block([call()])]))).toEqual([[1n]]);
  });

  it("CALL_TOO_LARGE: more logs than an answer can have", () => {
    // Logs while over 10,000 gas are left.
    const state = contractState(code("5b5f5fa05a612710105f5700"));
    const calls = [call(), call(), call()];
    const overrides = { gasLimit: 50_000_000n };
    expect(() => simulate([block(calls, overrides)], { state })).toThrow(
      expect.objectContaining({ code: "CALL_TOO_LARGE" }),
    );
  });

  it.each([
    ["output", "621000005ff3"],
    ["log data", "621000005fa0"],
  ])("CALL_TOO_LARGE: more %s than an answer can have", (_, source) => {
    const state = contractState(code(source));
    // 1 MiB each, 2 characters a byte.
    const blocks = (count: number) => [
      block(
        Array.from({ length: count }, () => call()),
        { gasLimit: 400_000_000n },
      ),
    ];
    expect(done(blocks(15), { state, gasMax: 400_000_000n })[0]!.calls.length).toBe(15);
    expect(() => simulate(blocks(17), { state, gasMax: 400_000_000n })).toThrow(
      expect.objectContaining({ code: "CALL_TOO_LARGE" }),
    );
  });

  it("shows transfers of coins as logs, in order, but not of failed frames", () => {
    const coin: Address = "0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee";
    const send = (value: number, to: Address) =>
      `5f5f5f5f60${value.toString(16).padStart(2, "0")}73${to.slice(2)}5af150`;
    const failing: Address = `0x${"fa".repeat(20)}`;
    const state = contractState(code("5f5fa0", send(2, OTHER), send(3, failing), "5f5fa0"), {
      [OTHER]: { nonce: 1n, code: code("60015f5fa1") },
      [failing]: { nonce: 1n, code: code("5f5fa0fe") },
    });
    const logs = (logsTransfers: boolean) =>
      (done([block([call({ value: 9n })])], { state, logsTransfers })[0]!.calls[0]!.logs as LogEntry[]).map(
        ({ address, topics, data }) => ({ address, count: topics.length, value: bytesToBigint(data) }),
      );
    expect(logs(false).map(({ address }) => address)).toEqual([CONTRACT, OTHER, CONTRACT]);
    expect(logs(true)).toEqual([
      { address: coin, count: 3, value: 9n },
      { address: CONTRACT, count: 0, value: 0n },
      { address: coin, count: 3, value: 2n },
      { address: OTHER, count: 1, value: 0n },
      { address: CONTRACT, count: 0, value: 0n },
    ]);
  });
});
