import { bytesToHex, hexToBytes } from "@trellis/base";
import { type AccountOverride, type Address, type CallRequest, ZERO_ADDRESS } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { createOracleEvm } from "../createOracleEvm.ts";
import { creationAddress } from "../message/creationAddress.ts";
import {
  ALICE,
  BASE_FEE,
  BOB,
  COIN,
  CONTEXT,
  CONTRACT,
  callInput,
  MINER,
  OTHER,
  push,
  slotOfNumber,
  stateOf,
  type TestAccount,
} from "../testState.ts";

const evm = createOracleEvm();
const RETURN_TOP = "5f5260205ff3";

function run(code: string, request: Partial<CallRequest> = {}, account: TestAccount = {}) {
  const state = stateOf({ [ALICE]: { balance: COIN }, [CONTRACT]: { code, ...account } });
  return evm.call(callInput(state, request));
}

async function returned(code: string, request: Partial<CallRequest> = {}): Promise<bigint> {
  const { outcome, output } = await run(`${code}${RETURN_TOP}`, request);
  expect(outcome).toBe("success");
  return BigInt(bytesToHex(output));
}

describe("failures with geth's messages", () => {
  it.each([
    ["fe", "invalid", "invalid opcode: INVALID"],
    ["0c", "invalid", "invalid opcode: opcode 0xc not defined"],
    ["01", "invalid", "stack underflow (0 <=> 2)"],
    ["5f01", "invalid", "stack underflow (1 <=> 2)"],
    ["5ff1", "invalid", "stack underflow (1 <=> 7)"],
    ["90", "invalid", "stack underflow (0 <=> 2)"],
    ["5ffd", "invalid", "stack underflow (1 <=> 2)"],
    // REVERT with more than a gigabyte of data
    ["425ffd", "outOfGas", "out of gas"],
    ["5b5f600056", "invalid", "stack limit reached 1024 (1023)"],
    ["600356", "invalid", "invalid jump destination"],
    ["60016003575b", "invalid", "invalid jump destination"],
    ["5b600056", "outOfGas", "out of gas"],
    ["67ffffffffffffffff5151", "outOfGas", "out of gas"],
    ["60015f5f3e", "invalid", "return data out of bounds"],
    ["60ef5f5360015ff3", "invalid", "invalid code: must not begin with 0xef", "creation"],
    // RETURN of 24,577 bytes
    ["6160015ff3", "invalid", "max code size exceeded", "creation"],
    ["61ffff5f5ff0", "outOfGas", "out of gas: max initcode size exceeded: size 65535"],
  ])("%s: %s, %s", async (code, outcome, failure, kind = "call") => {
    if (kind === "creation") {
      const result = await run("00", { to: null, data: hexToBytes(`0x${code}`), gasLimit: 10_000_000n });
      expect(result).toMatchObject({ outcome, failure });
    } else {
      const gasLimit = 150_000n;
      const result = await run(code, { gasLimit });
      expect(result).toMatchObject({ outcome, failure, gasUsed: gasLimit });
      expect(result.output.length).toBe(0);
    }
  });
});

describe("gas", () => {
  it("a call pays the intrinsic gas of a transaction and gets refunds like one", async () => {
    expect(await run("")).toMatchObject({
      outcome: "success",
      gasUsed: 21_000n,
      logs: [],
      contractAddress: null,
    });
    const data = Uint8Array.of(0, 1);
    // A cold SLOAD exceeds the floor of EIP-7623.
    expect((await run("5f54", { data })).gasUsed).toBe(21_000n + 4n + 16n + 2n + 2_100n);
    expect((await run("", { data })).gasUsed).toBe(21_000n + 10n + 40n);
    const cleared = await run("5f5f55", {}, { slots: { 0: 1n } });
    expect(cleared.gasUsed).toBe(21_000n + 4n + 5_000n - 4_800n);
  });

  it("the refund is at most a fifth", async () => {
    const code = Array.from({ length: 10 }, (_, slot) => `5f60${slot.toString(16).padStart(2, "0")}55`).join(
      "",
    );
    const slots = Object.fromEntries(Array.from({ length: 10 }, (_, slot) => [slot, 1n]));
    const used = 21_000n + 10n * (2n + 3n + 5_000n);
    expect((await run(code, {}, { slots })).gasUsed).toBe(used - used / 5n);
  });

  it("sender, recipient, precompiles, coinbase and the access list are warm (EIP-2929, 2930, 3651)", async () => {
    const costOf = async (address: Address, request: Partial<CallRequest> = {}): Promise<bigint> =>
      (await run(`${push(address)}3150`, request)).gasUsed - 21_000n - 3n - 2n;
    expect(await costOf(OTHER)).toBe(2_600n);
    for (const warm of [ALICE, CONTRACT, MINER, `0x${"00".repeat(19)}0a`] as const) {
      expect(await costOf(warm)).toBe(100n);
    }
    const accessList = [{ address: OTHER, storageKeys: [slotOfNumber(1)] }];
    expect(await costOf(OTHER, { accessList })).toBe(100n + 2_400n + 1_900n);
  });

  it("CALL_GAS_TOO_LOW", async () => {
    await expect(run("", { gasLimit: 20_999n })).rejects.toThrow(
      expect.objectContaining({ code: "CALL_GAS_TOO_LOW", facts: { got: 20_999n, gasMin: 21_000n } }),
    );
  });
});

describe("funds and fees", () => {
  it("CALL_FUNDS_INSUFFICIENT", async () => {
    const poor = { from: BOB, maxFeePerGas: 2_000n };
    await expect(run("", poor)).rejects.toThrow(
      expect.objectContaining({
        code: "CALL_FUNDS_INSUFFICIENT",
        facts: { sender: BOB, balance: 0n, cost: 2_000_000_000n, missing: 2_000_000_000n },
      }),
    );
    await expect(run("", { from: BOB, value: 1n })).rejects.toThrow(
      expect.objectContaining({ code: "CALL_FUNDS_INSUFFICIENT" }),
    );
    expect((await run("", { from: BOB })).outcome).toBe("success");
  });

  it("CALL_INVALID: a fee cap below the base fee, or init code that is too long", async () => {
    await expect(run("", { maxFeePerGas: BASE_FEE - 1n })).rejects.toThrow(
      expect.objectContaining({
        code: "CALL_INVALID",
        facts: {
          reason: `max fee per gas less than block base fee: address ${ALICE}, maxFeePerGas: 999, baseFee: 1000`,
        },
      }),
    );
    const tooLong = { to: null, data: new Uint8Array(49_153), gasLimit: 5_000_000n };
    await expect(run("", tooLong)).rejects.toThrow(expect.objectContaining({ code: "CALL_INVALID" }));
  });

  it("GASPRICE is base fee and tip; a call without fees sees a base fee of 0, as in geth", async () => {
    const fees = { maxFeePerGas: 5_000n, maxPriorityFeePerGas: 7n };
    expect(await returned("3a", fees)).toBe(BASE_FEE + 7n);
    expect(await returned("48", fees)).toBe(BASE_FEE);
    expect(await returned("3a")).toBe(0n);
    expect(await returned("48")).toBe(0n);
  });

  it("the sender has paid for its gas when the code runs", async () => {
    const fees = { maxFeePerGas: 5_000n, maxPriorityFeePerGas: 7n };
    expect(await returned("3331", fees)).toBe(COIN - 1_000_000n * (BASE_FEE + 7n));
  });
});

describe("outcomes", () => {
  it("a revert returns its data and the remaining gas", async () => {
    const result = await run("602a5f5260205ffd");
    expect(result).toMatchObject({ outcome: "revert", output: hexToBytes(slotOfNumber(42)) });
    expect(result.failure).toBeUndefined();
    expect(result.gasUsed).toBeLessThan(21_100n);
  });

  it("logs are those of successful frames", async () => {
    const state = stateOf({
      [CONTRACT]: { code: `60015f5fa15f5f5f5f5f${push(OTHER)}5af15000` },
      [OTHER]: { code: "60025f5fa15f5ffd" },
    });
    const { logs } = await evm.call(callInput(state));
    expect(logs).toEqual([{ address: CONTRACT, topics: [slotOfNumber(1)], data: new Uint8Array(0) }]);
  });

  it("a creation returns its code and address, and increments the sender's nonce", async () => {
    const state = stateOf({ [ALICE]: { nonce: 1n, balance: COIN } });
    const data = hexToBytes("0x60fe5f5360015ff3");
    const result = await evm.call(callInput(state, { to: null, data }));
    expect(result).toMatchObject({ outcome: "success", output: Uint8Array.of(0xfe) });
    expect(result.contractAddress).toBe(creationAddress(ALICE, 1n));
    expect(result.gasUsed).toBe(53_000n + 8n * 16n + 2n + 16n + 200n);
  });

  it("a sender that is a contract or has a nonce may call", async () => {
    const state = stateOf({ [OTHER]: { code: "00", nonce: 9n }, [CONTRACT]: { code: `33${RETURN_TOP}` } });
    const { output } = await evm.call(callInput(state, { from: OTHER }));
    expect(BigInt(bytesToHex(output))).toBe(BigInt(OTHER));
  });

  it("calls leave no changes", async () => {
    const state = stateOf({ [CONTRACT]: { code: `5f546001015f555f54${RETURN_TOP}` } });
    for (let round = 0; round < 3; round++) {
      expect(BigInt(bytesToHex((await evm.call(callInput(state))).output))).toBe(1n);
    }
  });

  it("precompiles answer: ECRECOVER by the project's own recovery", async () => {
    const to: Address = `0x${"00".repeat(19)}01`;
    const data = hexToBytes(
      "0x18c547e4f7b0f325ad1e56f57e26c745b09a3e503d86e00e5255ff7f715d3d1c000000000000000000000000000000000000000000000000000000000000001c73b1693892219d736caba55bdb67216e485557ea6b6af75f37096c9aa6a5a75feeb940b1d03b21e36b0e47e79769f095fe2ab855bd91e3a38756b7d75a9c4549",
    );
    const { output } = await evm.call(callInput(stateOf({}), { from: ZERO_ADDRESS, to, data }));
    expect(bytesToHex(output)).toBe(`0x${"00".repeat(12)}a94f5374fce5edbc8e2a8697c15331677e6ebf0b`);
  });
});

describe("overrides", () => {
  const overridden = async (override: AccountOverride, code: string, account: TestAccount = {}) => {
    const state = stateOf({ [CONTRACT]: { code: `${code}${RETURN_TOP}`, ...account } });
    const { output } = await evm.call(callInput(state, {}, { overrides: new Map([[CONTRACT, override]]) }));
    return BigInt(bytesToHex(output));
  };
  const slots = { 0: 5n, 1: 6n };
  const valueOfSlot1 = "600154";

  it("balance, nonce and code replace", async () => {
    expect(await overridden({ balance: 77n }, "47")).toBe(77n);
    expect(await overridden({ code: hexToBytes(`0x600a${RETURN_TOP}`) }, "6001")).toBe(10n);
  });

  it("state replaces the whole storage, stateDiff single slots", async () => {
    const one = new Map([[slotOfNumber(0), 9n]]);
    expect(await overridden({ state: one }, "5f54", { slots })).toBe(9n);
    expect(await overridden({ state: one }, valueOfSlot1, { slots })).toBe(0n);
    expect(await overridden({ stateDiff: one }, "5f54", { slots })).toBe(9n);
    expect(await overridden({ stateDiff: one }, valueOfSlot1, { slots })).toBe(6n);
  });

  it("a sender's balance pays", async () => {
    const overrides = new Map([[BOB, { balance: COIN }]]);
    const request = { from: BOB, value: 5n, maxFeePerGas: 2_000n };
    const result = await evm.call(callInput(stateOf({}), request, { overrides }));
    expect(result.outcome).toBe("success");
  });

  it("the block is the context's", async () => {
    const state = stateOf({ [CONTRACT]: { code: `43${RETURN_TOP}` } });
    const context = { ...CONTEXT, number: 12_345n };
    const { output } = await evm.call(callInput(state, {}, { context }));
    expect(BigInt(bytesToHex(output))).toBe(12_345n);
  });
});
