import { bytesToHex, concatBytes, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { HISTORY_STORAGE_ADDRESS, main } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { DETERMINISTIC_DEPLOYER_ADDRESS, systemAccounts, withSystemContracts } from "./index.ts";
import { ContractRunner } from "./testing/ContractRunner.ts";

describe("PARAM-7: withSystemContracts", () => {
  it("adds the system contracts before the genesis accounts", () => {
    const account = { address: `0x${"11".repeat(20)}`, balance: 1n } as const;
    const genesis = { ...main.genesis, accounts: [account] };
    const code = expect.any(Uint8Array);
    const history = { address: HISTORY_STORAGE_ADDRESS, balance: 0n, nonce: 1n, code };
    const { accounts } = withSystemContracts({ ...main, genesis }).genesis;
    expect(accounts).toEqual([...systemAccounts, history, account]);
    const cancun = withSystemContracts({ ...main, genesis, forks: [{ name: "cancun", number: 0 }] });
    expect(cancun.genesis.accounts).toEqual([...systemAccounts, account]);
  });

  it("PARAMETERS_INVALID: an account at a system contract's address", () => {
    const genesis = { ...main.genesis, accounts: [systemAccounts[0]!] };
    expect(() => withSystemContracts({ ...main, genesis })).toThrow(
      expect.objectContaining({ code: "PARAMETERS_INVALID" }),
    );
  });
});

const account = `0x${"a1".repeat(20)}` as const;

describe("deterministic deployer", () => {
  it("creates at the CREATE2 address", async () => {
    const runner = new ContractRunner();
    const to = DETERMINISTIC_DEPLOYER_ADDRESS;
    runner.state.setCode(to, systemAccounts.find(({ address }) => address === to)!.code!);
    const salt = new Uint8Array(32).fill(9);
    const initcode = hexToBytes("0x60015ff3");
    const data = concatBytes(salt, initcode);
    const { output } = runner.call(account, to, data);
    await runner.send(account, to, data);
    const parts = [
      Uint8Array.of(0xff),
      hexToBytes(DETERMINISTIC_DEPLOYER_ADDRESS),
      salt,
      keccak256(initcode),
    ];
    const expected = keccak256(concatBytes(...parts)).slice(12);
    expect(output).toEqual(expected);
    expect(runner.state.codeAt(bytesToHex(expected))).toEqual(Uint8Array.of(0));
  });
});
