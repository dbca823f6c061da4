import { DEFAULT_FORK, FORKS, floorGas, intrinsicGas, TRANSACTION_TYPES } from "@trellis/protocol";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { runTransaction } from "../block/runTransaction.ts";
import { createMachine } from "../machine/Machine.ts";
import {
  ALICE,
  CHAIN_ID,
  COIN,
  CONTEXT,
  CONTRACT,
  carrier,
  MERGER,
  OTHER,
  push,
  stateOf,
  transfer,
} from "../testState.ts";
import { effectiveTip } from "./effectiveTip.ts";
import { runMessage } from "./runMessage.ts";

const PIECES = [
  "60015f55", // SSTORE(0, 1)
  "5f600155",
  "5f545f52", // MSTORE(0, SLOAD(0))
  "60055f5fa1", // LOG1
  `5f5f5f5f6003${push(OTHER)}5af1`, // CALL with value
  `5f5f5f5f${push(OTHER)}5af4`, // DELEGATECALL
  "6c60015f55600a5f526001601ff35f52600d60136005f0", // CREATE
  "60025f5d5f5c600255", // TSTORE, TLOAD, SSTORE
  `${push(OTHER)}31`, // BALANCE
  `${push(OTHER)}ff`, // SELFDESTRUCT
  "5f5ffd", // REVERT
  "fe", // INVALID
] as const;

const program = fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }).map((pieces) => pieces.join(""));

it("the transition by hand equals ethereumjs, for calls and creations of random programs", async () => {
  const [one, other] = [
    await createMachine(CHAIN_ID, DEFAULT_FORK),
    await createMachine(CHAIN_ID, DEFAULT_FORK),
  ];
  const check = async (code: string, inner: string, isCreation: boolean, gasLimit: number) => {
    const state = stateOf({
      [ALICE]: { balance: COIN },
      [CONTRACT]: { code, balance: 5n, slots: { 0: 3n, 1: 7n } },
      [OTHER]: { code: inner, balance: 1n, slots: { 1: 7n } },
    });
    const { transaction, sender } = transfer({
      type: TRANSACTION_TYPES.dynamicFee,
      to: isCreation ? null : CONTRACT,
      data: Uint8Array.from(Buffer.from(isCreation ? code : "00ff", "hex")),
      value: 4n,
      gasLimit: BigInt(gasLimit),
      accessList: [{ address: OTHER, storageKeys: [] }],
    });
    one.open({ state, context: CONTEXT });
    other.open({ state, context: CONTEXT });
    const paidTo = carrier([], { tipRecipient: MERGER });
    const block = one.block(paidTo.coinbase);
    const expected = await runTransaction(one, block, paidTo, { transaction, sender });
    const tip = effectiveTip(transaction, CONTEXT.baseFee);
    const gasPrice = CONTEXT.baseFee + tip;
    const gas = {
      intrinsicGas: intrinsicGas(transaction),
      floorGas: FORKS[DEFAULT_FORK].hasCalldataFloor ? floorGas(transaction) : 0n,
    };
    const message = { ...transaction, from: sender, ...gas, gasPrice, tip };
    const { output: _output, ...got } = await runMessage(other, block, MERGER, message);
    expect({ ...got, gasPrice }).toEqual(expected);
    expect(other.state.changes()).toEqual(one.state.changes());
  };
  await fc.assert(
    fc.asyncProperty(program, program, fc.boolean(), fc.integer({ min: 60_000, max: 400_000 }), check),
    { numRuns: 300 },
  );
});
