import { hexToBytes } from "@trellis/base";
import type { Json } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { createOracleEvm } from "../createOracleEvm.ts";
import { creationAddress } from "../message/creationAddress.ts";
import {
  ALICE,
  BOB,
  COIN,
  CONTRACT,
  callInput,
  MINER,
  OTHER,
  push,
  slotOfNumber,
  stateOf,
} from "../testState.ts";

const evm = createOracleEvm();
const FEES = { maxFeePerGas: 2_000n, maxPriorityFeePerGas: 100n };
const quantity = (value: bigint) => `0x${value.toString(16)}`;

function trace(
  code: string,
  diffMode: boolean,
  request: Parameters<typeof callInput>[1] = {},
): Promise<Json> | Json {
  const state = stateOf({
    [ALICE]: { balance: COIN, nonce: 4n },
    [BOB]: { balance: 8n },
    [CONTRACT]: { code, balance: 5n, nonce: 1n, slots: { 1: 7n, 2: 9n } },
    [OTHER]: { code: "5f545000" },
  });
  return evm.traceCall(callInput(state, request), { kind: "prestate", diffMode });
}

describe("prestateTracer", () => {
  it("returns accessed accounts, slots and code before the transaction", async () => {
    // SLOAD(1), SSTORE(3, 1), BALANCE(BOB), CALL(OTHER).
    const code = `600154506001600355${push(BOB)}31505f5f5f5f5f${push(OTHER)}5af100`;
    expect(await trace(code, false, { value: 2n })).toEqual({
      [ALICE]: { balance: quantity(COIN), nonce: 4 },
      [BOB]: { balance: "0x8" },
      [CONTRACT]: {
        balance: "0x5",
        nonce: 1,
        code: `0x${code}`,
        storage: { [slotOfNumber(1)]: slotOfNumber(7), [slotOfNumber(3)]: slotOfNumber(0) },
      },
      [OTHER]: { balance: "0x0", code: "0x5f545000", storage: { [slotOfNumber(0)]: slotOfNumber(0) } },
      [MINER]: { balance: "0x0" },
    });
  });

  it("diffMode: returns changes, before and after, without values that were only read", async () => {
    // SLOAD(2), SSTORE(1, 8), SSTORE(3, 1), SSTORE(2, 0)
    const code = "600254506008600155600160035500";
    const gasUsed = 21_000n + 3n + 2_100n + 2n + 6n + 5_000n + 6n + 22_100n;
    expect(await trace(code, true, { value: 2n, ...FEES })).toEqual({
      pre: {
        [ALICE]: { balance: quantity(COIN), nonce: 4 },
        [CONTRACT]: {
          balance: "0x5",
          nonce: 1,
          code: `0x${code}`,
          storage: { [slotOfNumber(1)]: slotOfNumber(7) },
        },
        [MINER]: { balance: "0x0" },
      },
      post: {
        [ALICE]: { balance: quantity(COIN - 2n - gasUsed * 1_100n), nonce: 5 },
        [CONTRACT]: {
          balance: "0x7",
          storage: { [slotOfNumber(1)]: slotOfNumber(8), [slotOfNumber(3)]: slotOfNumber(1) },
        },
        [MINER]: { balance: quantity(gasUsed * 100n) },
      },
    });
  });

  it("diffMode: a cleared slot has no value afterwards", async () => {
    expect(await trace("5f60025500", true)).toEqual({
      pre: {
        [ALICE]: { balance: quantity(COIN), nonce: 4 },
        [CONTRACT]: {
          balance: "0x5",
          nonce: 1,
          code: "0x5f60025500",
          storage: { [slotOfNumber(2)]: slotOfNumber(9) },
        },
      },
      post: { [ALICE]: { nonce: 5 }, [CONTRACT]: {} },
    });
  });

  it("a new contract has no earlier state", async () => {
    const made = creationAddress(ALICE, 4n);
    const data = hexToBytes("0x60fe5f5360015ff3");
    const request = { to: null, data };
    expect(Object.keys((await trace("", false, request)) as object)).not.toContain(made);
    expect(await trace("", true, request)).toEqual({
      pre: { [ALICE]: { balance: quantity(COIN), nonce: 4 } },
      post: { [ALICE]: { nonce: 5 }, [made]: { nonce: 1, code: "0xfe" } },
    });
  });

  it("includes a contract created by a contract, by CREATE and by CREATE2", async () => {
    // CREATE and CREATE2 with value 1 and no init code.
    const code = "5f5f6001f0505f5f5f6001f500";
    const { post } = (await trace(code, true)) as { post: { [address: string]: Json } };
    const made = Object.entries(post).filter(([address]) => address !== ALICE && address !== CONTRACT);
    expect(made.map(([, account]) => account)).toEqual([
      { balance: "0x1", nonce: 1 },
      { balance: "0x1", nonce: 1 },
    ]);
    expect(Object.keys(post)).toContain(creationAddress(CONTRACT, 1n));
  });

  it("a destroyed contract exists before and not after", async () => {
    const { pre, post } = (await trace(`${push(BOB)}ff`, true)) as { pre: object; post: object };
    expect(Object.keys(pre)).toContain(CONTRACT);
    expect(Object.keys(post)).not.toContain(CONTRACT);
    expect(post).toMatchObject({ [BOB]: { balance: "0xd" } });
  });
});
