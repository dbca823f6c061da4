import { hexToBytes } from "@trellis/base";
import type { CallRequest } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { createOracleEvm } from "../createOracleEvm.ts";
import {
  ALICE,
  BOB,
  COIN,
  CONTRACT,
  callInput,
  OTHER,
  push,
  stateOf,
  type TestAccount,
} from "../testState.ts";

const evm = createOracleEvm();

function inputOf(code: string, request: Partial<CallRequest> = {}, account: TestAccount = {}, inner = "") {
  const state = stateOf({
    [ALICE]: { balance: COIN },
    [CONTRACT]: { code, ...account },
    [OTHER]: { code: inner },
  });
  return callInput(state, { gasLimit: 30_000_000n, ...request });
}

describe("smallest gas limit", () => {
  it("a transfer needs 21,000", async () => {
    expect(await evm.estimateGas(inputOf("", { to: BOB, value: 1n }))).toBe(21_000n);
    expect(await evm.estimateGas(inputOf("", { to: BOB, gasLimit: 21_000n }))).toBe(21_000n);
  });

  it.each([
    ["a store", "60015f55", "", {}],
    ["data", "", "", { data: Uint8Array.of(1, 0, 2) }],
    ["an access list", "", "", { accessList: [{ address: OTHER, storageKeys: [] }] }],
    ["a creation", "", "", { to: null, data: hexToBytes("0x60fe5f5360015ff3") }],
    ["refunded stores", "5f5f555f600155", "", {}],
    // The called contract receives 63/64 of the gas and stores three values. The caller reverts if the call
    // fails.
    [
      "a call that retains a 64th",
      `5f5f5f5f5f${push(OTHER)}5af16022575f5ffd5b`,
      "60015f5560016001556001600255",
      {},
    ],
    // Reverts below 100,000 gas.
    ["a check of the gas left", "5a620186a010600c575f5ffd5b", "", {}],
  ])("of %s suffices, and one less does not", async (_name, code, inner, request) => {
    const input = inputOf(code, request, { slots: { 0: 1n, 1: 1n } }, inner);
    const least = await evm.estimateGas(input);
    const outcomeAt = async (gasLimit: bigint) => {
      try {
        return (await evm.call({ ...input, request: { ...input.request, gasLimit } })).outcome;
      } catch {
        return "refused";
      }
    };
    expect(await outcomeAt(least)).toBe("success");
    expect(await outcomeAt(least - 1n)).not.toBe("success");
  });
});

describe("errors", () => {
  it("CALL_REVERTED", async () => {
    await expect(evm.estimateGas(inputOf("602a5f5260205ffd"))).rejects.toThrow(
      expect.objectContaining({ code: "CALL_REVERTED", facts: { data: `0x${"00".repeat(31)}2a` } }),
    );
  });

  it("CALL_FAILED", async () => {
    await expect(evm.estimateGas(inputOf("fe"))).rejects.toThrow(
      expect.objectContaining({ code: "CALL_FAILED", facts: { reason: "invalid opcode: INVALID" } }),
    );
    await expect(evm.estimateGas(inputOf("5b5f56", { gasLimit: 50_000n }))).rejects.toThrow(
      expect.objectContaining({ facts: { reason: "gas required exceeds allowance (50000)" } }),
    );
    await expect(evm.estimateGas(inputOf("", { gasLimit: 20_000n }))).rejects.toThrow(
      expect.objectContaining({ facts: { reason: "gas required exceeds allowance (20000)" } }),
    );
  });

  it("CALL_FUNDS_INSUFFICIENT", async () => {
    await expect(evm.estimateGas(inputOf("", { from: BOB, value: 1n }))).rejects.toThrow(
      expect.objectContaining({ code: "CALL_FUNDS_INSUFFICIENT" }),
    );
  });

  it("the sender's funds bound the search", async () => {
    const state = stateOf({ [ALICE]: { balance: 60_000_000n }, [CONTRACT]: { code: "5b5f56" } });
    const input = callInput(state, { maxFeePerGas: 2_000n });
    await expect(evm.estimateGas(input)).rejects.toThrow(
      expect.objectContaining({ facts: { reason: "gas required exceeds allowance (30000)" } }),
    );
  });
});
