import { expect, it } from "vitest";
import { createOracleEvm } from "../createOracleEvm.ts";
import {
  ALICE,
  addressOfNumber,
  BOB,
  CONTRACT,
  callInput,
  OTHER,
  push,
  slotOfNumber,
  stateOf,
} from "../testState.ts";

const evm = createOracleEvm();

it("lists what the call touches, sorted; sender, recipient and precompiles only with slots", async () => {
  const far = addressOfNumber(0xffff);
  // SLOAD(3), SLOAD(1), BALANCE of sender, `far` and a precompile, and a call that loads slot 2.
  const code = `600354600154${push(ALICE)}31${push(far)}31600131${"50".repeat(5)}5f5f5f5f5f${push(OTHER)}5af100`;
  const state = stateOf({ [CONTRACT]: { code }, [OTHER]: { code: "60025400" } });
  const result = await evm.createAccessList(callInput(state));
  expect(result.accessList).toEqual(
    [
      { address: OTHER, storageKeys: [slotOfNumber(2)] },
      { address: CONTRACT, storageKeys: [slotOfNumber(1), slotOfNumber(3)] },
      { address: far, storageKeys: [] },
    ].sort((a, b) => (a.address < b.address ? -1 : 1)),
  );
  expect(result.failure).toBeUndefined();
  const { gasUsed } = await evm.call(callInput(state, { accessList: result.accessList }));
  expect(result.gasUsed).toBe(gasUsed);
});

it("keeps what the request lists", async () => {
  const accessList = [{ address: BOB, storageKeys: [slotOfNumber(4)] }];
  const result = await evm.createAccessList(
    callInput(stateOf({ [CONTRACT]: { code: "00" } }), { accessList }),
  );
  expect(result).toEqual({ accessList, gasUsed: 21_000n + 2_400n + 1_900n });
});

it("repeats until nothing is new, because warm accesses change the gas and therefore the path", async () => {
  // Loads slot 1 if slot 0 took less than 1,000 gas.
  const code = "5a5f54505a90036103e811600f57005b6001545000";
  const state = stateOf({ [CONTRACT]: { code } });
  const { accessList } = await evm.createAccessList(callInput(state));
  expect(accessList).toEqual([{ address: CONTRACT, storageKeys: [slotOfNumber(0), slotOfNumber(1)] }]);
});

it("returns the error of a failed call", async () => {
  const reverting = await evm.createAccessList(callInput(stateOf({ [CONTRACT]: { code: "5f545f5ffd" } })));
  expect(reverting.failure).toBe("execution reverted");
  expect(reverting.accessList).toEqual([{ address: CONTRACT, storageKeys: [slotOfNumber(0)] }]);
  const failing = await evm.createAccessList(callInput(stateOf({ [CONTRACT]: { code: "fe" } })));
  expect(failing.failure).toBe("invalid opcode: INVALID");
});
