import { hexToBytes } from "@trellis/base";
import type { Json, TracerRequest } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { createOracleEvm } from "../createOracleEvm.ts";
import { creationAddress } from "../message/creationAddress.ts";
import {
  ALICE,
  addressOfNumber,
  BOB,
  COIN,
  CONTRACT,
  callInput,
  OTHER,
  push,
  slotOfNumber,
  stateOf,
} from "../testState.ts";

const evm = createOracleEvm();
const ROOT = { from: ALICE, gas: "0xf4240", to: CONTRACT, input: "0x", value: "0x0", type: "CALL" };
const GAS_AT_START = 1_000_000 - 21_000;

function trace(
  code: string,
  inner = "",
  options: Partial<TracerRequest> = {},
  request: Parameters<typeof callInput>[1] = {},
): Promise<Json> | Json {
  const state = stateOf({
    [ALICE]: { balance: COIN },
    [CONTRACT]: { code, balance: 5n, nonce: 1n },
    [OTHER]: { code: inner },
  });
  const tracer = { kind: "call", onlyTopCall: false, withLog: false, ...options } as TracerRequest;
  return evm.traceCall(callInput(state, request), tracer);
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

function allButA64th(left: number): number {
  return left - Math.floor(left / 64);
}

describe("callTracer", () => {
  it("a plain transfer", async () => {
    expect(await trace("", "", {}, { to: BOB, value: 7n, gasLimit: 30_000n })).toEqual({
      from: ALICE,
      gas: "0x7530",
      gasUsed: "0x5208",
      to: BOB,
      input: "0x",
      value: "0x7",
      type: "CALL",
    });
  });

  it("a nested call, with input, output and value", async () => {
    // MSTORE8(0, 0xab), CALL(gas, OTHER, 2, 0, 1, 0, 0); OTHER returns 0x2a as a word.
    const code = `60ab5f535f5f60015f6002${push(OTHER)}5af100`;
    const spent = 3 + 2 + 6 + 2 + 2 + 3 + 2 + 3 + 3 + 2 + 2_600 + 9_000;
    const gas = allButA64th(GAS_AT_START - spent) + 2_300;
    const used = 3 + 2 + 6 + 3 + 2;
    expect(await trace(code, "602a5f5260205ff3")).toEqual({
      ...ROOT,
      gasUsed: hex(21_000 + spent - 2_300 + used),
      calls: [
        {
          from: CONTRACT,
          gas: hex(gas),
          gasUsed: hex(used),
          to: OTHER,
          input: "0xab",
          output: slotOfNumber(42),
          value: "0x2",
          type: "CALL",
        },
      ],
    });
  });

  it("DELEGATECALL names the contract that delegates and its value, STATICCALL has none, CALLCODE the code's address", async () => {
    const code = `5f5f5f5f${push(OTHER)}5af45f5f5f5f${push(OTHER)}5afa5f5f5f5f6001${push(OTHER)}5af200`;
    const { calls } = (await trace(code, "00", {}, { value: 3n })) as { calls: { [key: string]: Json }[] };
    const common = { from: CONTRACT, to: OTHER, input: "0x", gasUsed: "0x0" };
    expect(calls).toMatchObject([
      { ...common, type: "DELEGATECALL", value: "0x3" },
      { ...common, type: "STATICCALL" },
      { ...common, type: "CALLCODE", value: "0x1" },
    ]);
    expect("value" in calls[1]!).toBe(false);
  });

  it("precompiles are frames", async () => {
    const { calls } = (await trace("5f5f5f5f60045afa00")) as { calls: Json[] };
    expect(calls).toMatchObject([{ type: "STATICCALL", to: addressOfNumber(4), gasUsed: "0xf" }]);
  });

  it("a revert has its reason, and its inner frames stay", async () => {
    const reason = `08c379a0${slotOfNumber(32).slice(2)}${slotOfNumber(3).slice(2)}${Buffer.from("too").toString("hex").padEnd(64, "0")}`;
    const data = hexToBytes(`0x${reason}`);
    const code = "365f5f37365ffd";
    const result = await trace(code, "", {}, { data });
    expect(result).toMatchObject({ error: "execution reverted", output: `0x${reason}`, revertReason: "too" });
    const panic = hexToBytes(`0x4e487b71${slotOfNumber(0x11).slice(2)}`);
    expect(await trace(code, "", {}, { data: panic })).toMatchObject({
      revertReason: "arithmetic underflow or overflow",
    });
    const plain = await trace(code, "", {}, { data: Uint8Array.of(1) });
    expect(plain).toMatchObject({ output: "0x01" });
    expect(Object.keys(plain as object)).not.toContain("revertReason");
  });

  it("a frame with another failure has no output, and its parent continues", async () => {
    expect(await trace(`5f5f5f5f5f${push(OTHER)}61fffff100`, "01")).toMatchObject({
      calls: [{ error: "stack underflow (0 <=> 2)", gas: "0xffff", gasUsed: "0xffff" }],
    });
    const failed = (await trace("fe")) as { [key: string]: Json };
    expect(failed).toEqual({ ...ROOT, gasUsed: "0xf4240", error: "invalid opcode: INVALID" });
  });

  it("creations show their init code, then their code; a failed one has no address", async () => {
    // CREATE of the call data, from CONTRACT with nonce 1.
    const code = "365f5f37365f6001f000";
    const made = (await trace(code, "", {}, { data: hexToBytes("0x60fe5f5360015ff3") })) as { calls: Json[] };
    expect(made.calls).toMatchObject([
      {
        from: CONTRACT,
        to: creationAddress(CONTRACT, 1n),
        input: "0x60fe5f5360015ff3",
        output: "0xfe",
        value: "0x1",
        type: "CREATE",
      },
    ]);
    const failed = (await trace(code, "", {}, { data: hexToBytes("0x5f5ffd") })) as { calls: object[] };
    expect(failed.calls).toMatchObject([{ error: "execution reverted", type: "CREATE" }]);
    expect(Object.keys(failed.calls[0]!)).not.toContain("to");
    const top = await trace("", "", {}, { to: null, data: hexToBytes("0x60fe5f5360015ff3") });
    expect(top).toMatchObject({ type: "CREATE", to: creationAddress(ALICE, 0n), output: "0xfe" });
  });

  it("an unpaid code deposit is reported as such", async () => {
    // Returns 1,000 bytes of code, which cost 200,000 gas.
    const data = hexToBytes("0x6103e85ff3");
    expect(await trace("", "", {}, { to: null, data, gasLimit: 100_000n })).toMatchObject({
      error: "contract creation code storage out of gas",
    });
  });

  it("calls refused for balance or depth are frames", async () => {
    const refused = (await trace(`5f5f5f5f6009${push(OTHER)}5af1505f5f6009f000`)) as { calls: object[] };
    expect(refused.calls).toMatchObject([
      { type: "CALL", to: OTHER, value: "0x9", gasUsed: "0x0", error: "insufficient balance for transfer" },
      { type: "CREATE", value: "0x9", gasUsed: "0x0", error: "insufficient balance for transfer" },
    ]);
    expect(Object.keys(refused.calls[1]!)).not.toContain("to");
  });

  it("a selfdestruct is a frame with the transferred balance", async () => {
    expect(await trace(`${push(BOB)}ff`, "", {}, { value: 2n })).toMatchObject({
      calls: [
        {
          type: "SELFDESTRUCT",
          from: CONTRACT,
          to: BOB,
          value: "0x7",
          gas: "0x0",
          gasUsed: "0x0",
          input: "0x",
        },
      ],
    });
  });

  it("withLog: logs with their position among the calls, without those of failed frames", async () => {
    // LOG2(topics 1, 2), a call that logs, LOG0, a call that logs and reverts.
    const call = (gas: string) => `5f5f5f5f5f${push(OTHER)}${gas}f150`;
    const code = `60aa5f536002600160015fa2${call("5a")}5f5fa000`;
    const logged = await trace(code, "5f5fa000", { withLog: true });
    expect(logged).toMatchObject({
      logs: [
        { address: CONTRACT, topics: [slotOfNumber(1), slotOfNumber(2)], data: "0xaa", position: "0x0" },
        { address: CONTRACT, topics: [], data: "0x", position: "0x1" },
      ],
      calls: [{ logs: [{ address: OTHER, topics: [], data: "0x", position: "0x0" }] }],
    });
    const reverted = (await trace(code, "5f5fa05f5ffd", { withLog: true })) as {
      calls: object[];
      logs: Json[];
    };
    expect(reverted.logs.length).toBe(2);
    expect(Object.keys(reverted.calls[0]!)).not.toContain("logs");
    const allGone = (await trace(`${code.slice(0, -2)}fe`, "5f5fa000", { withLog: true })) as {
      calls: object[];
    };
    expect(Object.keys(allGone)).not.toContain("logs");
    expect(Object.keys(allGone.calls[0]!)).not.toContain("logs");
  });

  it("onlyTopCall omits the inner calls", async () => {
    const options = { onlyTopCall: true, withLog: true };
    const result = await trace(`5f5fa05f5f5f5f5f${push(OTHER)}5af100`, "5f5fa000", options);
    expect(Object.keys(result as object)).not.toContain("calls");
    expect(result).toMatchObject({ logs: [{ address: CONTRACT, position: "0x0" }] });
  });
});
