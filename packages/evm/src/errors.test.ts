import { bytesToHex, hexToBytes } from "@trellis/base";
import { describe, expect, it } from "vitest";
import { createEngine, createEvm } from "./createEvm.ts";
import { coreModule } from "./systemCore.ts";
import {
  ALICE,
  blockInput,
  callInput,
  code,
  contractState,
  OTHER,
  random,
  stateOf,
  transaction,
  word,
} from "./testing/testState.ts";

const evm = createEvm({ random });
const STOPS = contractState(code("00"));
const REVERTS = contractState(code("602a5f5260205ffd"));

function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("calls", () => {
  it("CALL_FUNDS_INSUFFICIENT", () => {
    const broke = stateOf({});
    expect(thrown(() => evm.call(callInput(broke, { value: 1n })))).toMatchObject({
      code: "CALL_FUNDS_INSUFFICIENT",
      facts: { sender: ALICE, balance: 0n, cost: 1n },
    });
    const paid = { value: 1n, gasLimit: 21_000n, maxFeePerGas: 1_000n };
    expect(thrown(() => evm.call(callInput(stateOf({ [ALICE]: { balance: 7n } }), paid)))).toMatchObject({
      facts: { sender: ALICE, balance: 7n, cost: 21_000_001n },
    });
    expect(thrown(() => evm.estimateGas(callInput(broke, paid)))).toMatchObject({
      code: "CALL_FUNDS_INSUFFICIENT",
      facts: { sender: ALICE, balance: 0n, value: 1n },
    });
  });

  it("CALL_GAS_TOO_LOW", () => {
    expect(thrown(() => evm.call(callInput(STOPS, { gasLimit: 20_999n })))).toMatchObject({
      code: "CALL_GAS_TOO_LOW",
      facts: { got: 20_999n, gasMin: 21_000n },
    });
    expect(() => evm.call(callInput(STOPS, { gasLimit: 21_000n }))).not.toThrow();
  });

  it("CALL_INVALID", () => {
    const belowBaseFee = callInput(STOPS, { maxFeePerGas: 999n });
    expect(thrown(() => evm.call(belowBaseFee))).toMatchObject({ code: "CALL_INVALID" });
    const initCode = callInput(STOPS, { to: null, data: new Uint8Array(49_153) });
    expect(thrown(() => evm.call(initCode))).toMatchObject({ code: "CALL_INVALID" });
  });

  it("CALL_REVERTED", () => {
    const data = `0x${"2a".padStart(64, "0")}`;
    expect(thrown(() => evm.estimateGas(callInput(REVERTS)))).toMatchObject({
      code: "CALL_REVERTED",
      facts: { data },
    });
  });

  it("CALL_FAILED", () => {
    const invalid = contractState(code("fe"));
    expect(thrown(() => evm.estimateGas(callInput(invalid)))).toMatchObject({
      code: "CALL_FAILED",
      facts: { reason: "invalid opcode: INVALID" },
    });
    const endless = contractState(code("5b5f56"));
    expect(thrown(() => evm.estimateGas(callInput(endless, { gasLimit: 50_000n })))).toMatchObject({
      code: "CALL_FAILED",
      facts: { reason: "gas required exceeds allowance (50000)" },
    });
  });
});

describe("blocks", () => {
  it("TRANSACTION_INVALID", () => {
    const poor = blockInput(STOPS, [transaction({ gasLimit: 20_999n })]);
    expect(thrown(() => evm.runBlock(poor))).toMatchObject({
      code: "TRANSACTION_INVALID",
      facts: { verdict: "INTRINSIC_GAS" },
    });
    const { transaction: whole, sender } = transaction();
    const encoded = whole.encoded.subarray(0, whole.encoded.length - 1);
    const cut = blockInput(STOPS, [{ transaction: { ...whole, encoded }, sender }]);
    expect(thrown(() => evm.runBlock(cut))).toMatchObject({
      code: "TRANSACTION_INVALID",
      facts: { verdict: "MALFORMED" },
    });
  });
});

describe("engine", () => {
  it("CALL_TOO_LARGE", () => {
    const writesFar = contractState(code("5f6301000000", "52"));
    const small = createEvm({ random, limits: { memoryBytes: 1 << 20 } });
    const input = callInput(writesFar, { gasLimit: 10_000_000_000n });
    expect(thrown(() => small.call(input))).toMatchObject({
      code: "CALL_TOO_LARGE",
      consequence: "reject",
      facts: { reason: "engine limit", limit: "memoryBytes" },
    });
    expect(small.call(callInput(STOPS))).toMatchObject({ outcome: "success", gasUsed: 21_000n });
    expect(evm.call(input)).toMatchObject({ outcome: "success" });
  });

  it("CALL_TOO_LARGE of every region", () => {
    const loop = (body: string): string => `5b5a${body}5f56`;
    const programs = {
      slots: loop("5450"),
      transientSlots: loop("805d"),
      journalBytes: loop("5f55"),
      logBytes: "5b6110005fa05f56",
      returnDataBytes: "6120005f6120005f60045afa00",
      accounts: loop("3150"),
    };
    const limits = {
      slots: 4096,
      transientSlots: 256,
      journalBytes: 1 << 16,
      logBytes: 1 << 16,
      returnDataBytes: 1 << 12,
      accounts: 1024,
    };
    for (const name of Object.keys(limits) as (keyof typeof limits)[]) {
      const engine = createEvm({ random, limits: { [name]: limits[name] } });
      const input = callInput(contractState(code(programs[name])), { gasLimit: 100_000_000n });
      expect(
        thrown(() => engine.call(input)),
        name,
      ).toMatchObject({ code: "CALL_TOO_LARGE", facts: { reason: "engine limit", limit: name } });
    }
  });

  it("has capacity for one call after another on one state", () => {
    const asks = `5f35${"8054508031506001".repeat(100).replaceAll("6001", "600101")}6104005fa0`;
    const state = contractState(code(asks));
    const engine = createEvm({ random, limits: { logBytes: 4096, slots: 4096, accounts: 1024 } });
    for (let call = 0; call < 100; call++) {
      const data = hexToBytes(`0x${word(call * 1000)}`);
      expect(engine.call(callInput(state, { data }))).toMatchObject({ outcome: "success" });
    }
  });

  it("BUILD_MISSING", () => {
    expect(thrown(() => coreModule("nothing" as "core"))).toMatchObject({
      code: "BUILD_MISSING",
      facts: { module: "nothing" },
    });
  });

  it("passes on errors of the state reader, and drops the rest", () => {
    const lost = new Error("disk gone");
    const state = contractState(code("5f54"));
    const failing = {
      ...state,
      storage: () => {
        throw lost;
      },
    };
    const engine = createEngine({ random });
    engine.setState(failing);
    expect(thrown(() => evm.call(callInput(failing)))).toBe(lost);
    expect(evm.call(callInput(state))).toMatchObject({ outcome: "success" });
  });
});

it("reads overrides in the form of eth_call", () => {
  const slot = `0x${"00".repeat(32)}` as const;
  const overrides = new Map([
    [OTHER, { code: hexToBytes("0x5f545f5260205ff3"), stateDiff: new Map([[slot, 7n]]) }],
  ]);
  const result = evm.call(callInput(stateOf({ [ALICE]: { balance: 1n } }), { to: OTHER }, { overrides }));
  expect(bytesToHex((result as { output: Uint8Array }).output)).toBe(`0x${"07".padStart(64, "0")}`);
});
