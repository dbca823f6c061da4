import { createEVM } from "@ethereumjs/evm";
import { createAddressFromString } from "@ethereumjs/util";
import { bytesToHex, concatBytes, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { main } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { DETERMINISTIC_DEPLOYER_ADDRESS, systemAccounts, withSystemContracts } from "./index.ts";

describe("PARAM-7: withSystemContracts", () => {
  it("puts the system contracts before the genesis accounts", () => {
    const account = { address: `0x${"11".repeat(20)}`, balance: 1n } as const;
    const genesis = { ...main.genesis, accounts: [account] };
    expect(withSystemContracts({ ...main, genesis }).genesis.accounts).toEqual([...systemAccounts, account]);
  });

  it("PARAMETERS_INVALID: an account at a system contract's address", () => {
    const genesis = { ...main.genesis, accounts: [systemAccounts[0]!] };
    expect(() => withSystemContracts({ ...main, genesis })).toThrow(
      expect.objectContaining({ code: "PARAMETERS_INVALID" }),
    );
  });
});

describe("the deterministic deployer", () => {
  it("creates at the address of CREATE2", async () => {
    const evm = await createEVM();
    const to = createAddressFromString(DETERMINISTIC_DEPLOYER_ADDRESS);
    const account = systemAccounts.find(({ address }) => address === DETERMINISTIC_DEPLOYER_ADDRESS)!;
    await evm.stateManager.putCode(to, account.code!);
    const salt = new Uint8Array(32).fill(9);
    // Returns one byte of code: STOP.
    const initcode = hexToBytes("0x60015ff3");
    const data = concatBytes(salt, initcode);
    const { execResult } = await evm.runCall({ to, data, gasLimit: 1_000_000n });
    const parts = [
      Uint8Array.of(0xff),
      hexToBytes(DETERMINISTIC_DEPLOYER_ADDRESS),
      salt,
      keccak256(initcode),
    ];
    const expected = keccak256(concatBytes(...parts)).slice(12);
    expect(bytesToHex(execResult.returnValue)).toBe(bytesToHex(expected));
    expect(await evm.stateManager.getCode(createAddressFromString(bytesToHex(expected)))).toEqual(
      Uint8Array.of(0),
    );
  });
});
