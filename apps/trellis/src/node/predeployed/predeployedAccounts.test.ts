import { bytesToHex } from "@trellis/base";
import { DETERMINISTIC_DEPLOYER_ADDRESS } from "@trellis/contracts";
import { constructAccounts } from "@trellis/evm";
import {
  getContractAddress,
  keccak256,
  parseTransaction,
  recoverTransactionAddress,
  type TransactionSerializedLegacy,
} from "viem";
import { expect, it } from "vitest";
import { networkOf } from "../networkOf.ts";
import { PERMIT2, PRESIGNED_DEPLOYMENTS } from "./deployments.ts";
import { predeployedAccounts } from "./predeployedAccounts.ts";

it("signatures and hashes show that each code belongs to its address", async () => {
  for (const { address, transaction } of PRESIGNED_DEPLOYMENTS) {
    const serializedTransaction = transaction as TransactionSerializedLegacy;
    const from = await recoverTransactionAddress({ serializedTransaction });
    const nonce = BigInt(parseTransaction(serializedTransaction).nonce ?? 0);
    expect(getContractAddress({ from, nonce }).toLowerCase()).toBe(address);
  }
  const { address, salt, initCode } = PERMIT2;
  const from = DETERMINISTIC_DEPLOYER_ADDRESS;
  const created = getContractAddress({ opcode: "CREATE2", from, salt, bytecodeHash: keccak256(initCode) });
  expect(created.toLowerCase()).toBe(address);
});

it("a devnet of one node has them in its genesis, and no other network", () => {
  const settings = { accounts: 1, validators: 0 };
  const network = networkOf("dev", settings);
  const predeployed = predeployedAccounts(network, constructAccounts);
  expect(predeployed.map(({ nonce }) => nonce)).toEqual([1n, 1n, 1n, 1n]);
  expect(network.genesis.accounts).toEqual(expect.arrayContaining([...predeployed]));
  const addresses = predeployed.map(({ address }) => address);
  for (const name of ["local", "main", "test"] as const)
    for (const { address } of networkOf(name, settings).genesis.accounts)
      expect(addresses).not.toContain(address);
  // The hash of the runtime code on Ethereum, as in Multicall3's documentation.
  const [multicall] = predeployed;
  expect(keccak256(bytesToHex(multicall!.code!))).toBe(
    "0xd5c15df687b16f2ff992fc8d767b4216323184a2bbc6ee2f9c398c318e770891",
  );
});
