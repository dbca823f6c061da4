import { hexToBytes } from "@trellis/base";
import type { Json, TracerRequest } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { createOracleEvm } from "../createOracleEvm.ts";
import { ALICE, COIN, CONTRACT, callInput, OTHER, push, slotOfNumber, stateOf } from "../testState.ts";

const evm = createOracleEvm();
const START = 1_000_000 - 21_000;

type Options = Extract<TracerRequest, { kind: "structLogs" }>;
interface Trace {
  readonly gas: number;
  readonly failed: boolean;
  readonly returnValue: string;
  readonly structLogs: readonly { readonly [key: string]: Json }[];
}

async function trace(code: string, options: Partial<Options> = {}, inner = ""): Promise<Trace> {
  const state = stateOf({
    [ALICE]: { balance: COIN },
    [CONTRACT]: { code, slots: { 1: 7n } },
    [OTHER]: { code: inner },
  });
  const defaults: Options = {
    kind: "structLogs",
    enableMemory: false,
    disableStack: false,
    disableStorage: false,
    enableReturnData: false,
    limit: 0,
  };
  return (await evm.traceCall(callInput(state), { ...defaults, ...options })) as unknown as Trace;
}

function word(value: number): string {
  return slotOfNumber(value);
}

describe("structLogs", () => {
  it("contain each step before it runs: position, gas, cost, depth, stack", async () => {
    expect(await trace("602a5f5260205ff3")).toEqual({
      gas: 21_000 + 16,
      failed: false,
      returnValue: slotOfNumber(42),
      structLogs: [
        { pc: 0, op: "PUSH1", gas: START, gasCost: 3, depth: 1, stack: [] },
        { pc: 2, op: "PUSH0", gas: START - 3, gasCost: 2, depth: 1, stack: ["0x2a"] },
        { pc: 3, op: "MSTORE", gas: START - 5, gasCost: 6, depth: 1, stack: ["0x2a", "0x0"] },
        { pc: 4, op: "PUSH1", gas: START - 11, gasCost: 3, depth: 1, stack: [] },
        { pc: 6, op: "PUSH0", gas: START - 14, gasCost: 2, depth: 1, stack: ["0x20"] },
        { pc: 7, op: "RETURN", gas: START - 16, gasCost: 0, depth: 1, stack: ["0x20", "0x0"] },
      ],
    });
  });

  it("the stop behind the code's end is a step", async () => {
    const { structLogs } = await trace("6005", { enableMemory: true });
    expect(structLogs[1]).toEqual({
      pc: 2,
      op: "STOP",
      gas: START - 3,
      gasCost: 0,
      depth: 1,
      stack: ["0x5"],
    });
  });

  it("storage accumulates read and written slots, and only those steps show it", async () => {
    const { structLogs } = await trace("600154600955600a5f555f5400");
    const shown = structLogs.filter(({ storage }) => storage !== undefined);
    expect(shown.map(({ op, storage }) => [op, storage])).toEqual([
      ["SLOAD", { [word(1)]: word(7) }],
      ["SSTORE", { [word(1)]: word(7), [word(9)]: word(7) }],
      ["SSTORE", { [word(0)]: word(10), [word(1)]: word(7), [word(9)]: word(7) }],
      ["SLOAD", { [word(0)]: word(10), [word(1)]: word(7), [word(9)]: word(7) }],
    ]);
  });

  it("memory in words, before the step extends it", async () => {
    const { structLogs } = await trace("60ff602052", { enableMemory: true });
    expect(structLogs.map(({ op, memory }) => [op, memory])).toEqual([
      ["PUSH1", undefined],
      ["PUSH1", undefined],
      ["MSTORE", undefined],
      ["STOP", [word(0), word(255)]],
    ]);
  });

  it("memory extended by a call without a write is zero", async () => {
    // The call's output area exceeds the memory that ethereumjs allocates.
    const { structLogs } = await trace("6140005f5f5f60045afa00", { enableMemory: true });
    expect(structLogs.at(-1)!.memory).toEqual(Array.from({ length: 512 }, () => word(0)));
  });

  it("a call's cost includes the gas passed on; depth and return data follow it", async () => {
    const code = `5f5f5f5f5f${push(OTHER)}6103e8f100`;
    const { structLogs } = await trace(
      code,
      { enableReturnData: true, disableStack: true },
      "60aa5f5360015ff3",
    );
    const call = structLogs.find(({ op }) => op === "CALL")!;
    expect(call.gasCost).toBe(2_600 + 1_000);
    const inner = structLogs.filter(({ depth }) => depth === 2);
    expect(inner[0]).toEqual({ pc: 0, op: "PUSH1", gas: 1_000, gasCost: 3, depth: 2 });
    expect(inner.every(({ returnData }) => returnData === undefined)).toBe(true);
    expect(structLogs.at(-1)).toMatchObject({ op: "STOP", depth: 1, returnData: "0xaa" });
  });

  it("the refund counter appears once it is not zero", async () => {
    const { structLogs, gas } = await trace("5f60015500");
    expect(structLogs.map(({ op, refund }) => [op, refund])).toEqual([
      ["PUSH0", undefined],
      ["PUSH1", undefined],
      ["SSTORE", 4_800],
      ["STOP", 4_800],
    ]);
    expect(gas).toBe(21_000 + 5 + 5_000 - 4_800);
  });

  it("a step refused for stack or gas has an error; one that fails while it runs has none", async () => {
    const underflow = await trace("5f01");
    expect(underflow).toMatchObject({ gas: 1_000_000, failed: true, returnValue: "0x" });
    expect(underflow.structLogs.at(-1)).toMatchObject({ op: "ADD", error: "stack underflow (1 <=> 2)" });
    const sentry = await trace(`5f5f5f5f5f${push(OTHER)}6108fcf100`, {}, "5f5f55");
    expect(sentry.structLogs.find(({ op }) => op === "SSTORE")).toMatchObject({
      error: "out of gas: not enough gas for reentrancy sentry",
    });
    expect(sentry.failed).toBe(false);
    for (const code of ["fe", "0c", "5f56"]) {
      const { structLogs, failed } = await trace(code);
      expect([failed, structLogs.at(-1)!.error]).toEqual([true, undefined]);
    }
    expect((await trace("0c")).structLogs[0]!.op).toBe("opcode 0xc not defined");
  });

  it("a revert is marked as failed and returns its data", async () => {
    expect(await trace("60aa5f5360015ffd")).toMatchObject({ failed: true, returnValue: "0xaa" });
  });

  it("limit bounds the steps, disableStorage hides the storage", async () => {
    const { structLogs } = await trace("5f545f545f5400", { limit: 2, disableStorage: true });
    expect(structLogs.map(({ op, storage }) => [op, storage])).toEqual([
      ["PUSH0", undefined],
      ["SLOAD", undefined],
    ]);
  });

  it("a creation's steps are those of its init code", async () => {
    const state = stateOf({ [ALICE]: { balance: COIN } });
    const options = {
      enableMemory: false,
      disableStack: true,
      disableStorage: true,
      enableReturnData: false,
    };
    const request = { to: null, data: hexToBytes("0x60015ff3") };
    const traced = await evm.traceCall(callInput(state, request), {
      kind: "structLogs",
      ...options,
      limit: 0,
    });
    expect(traced).toMatchObject({
      returnValue: "0x00",
      structLogs: [{ op: "PUSH1" }, { op: "PUSH0" }, { op: "RETURN" }],
    });
  });
});
