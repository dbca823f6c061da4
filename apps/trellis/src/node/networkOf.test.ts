import { readParameters } from "@trellis/contracts";
import { DEMO_ACCOUNTS, MARKET_ACCOUNTS } from "@trellis/demo/accounts";
import { type StateReader, ZERO_HASH } from "@trellis/protocol";
import { expect, it } from "vitest";
import { genesisAccounts, networkOf } from "./networkOf.ts";

it("a devnet has the chain id that Ethereum tools use for a local chain", () => {
  expect(networkOf("dev", { accounts: 1, validators: 0 }).chainId).toBe(31_337n);
});

it("only networks on one machine have the demo accounts in their genesis", () => {
  const ofDemo = [...DEMO_ACCOUNTS, ...MARKET_ACCOUNTS].map(({ address }) => address);
  const addressesOf = (name: "dev" | "local" | "test" | "main") =>
    networkOf(name, { accounts: 1, validators: 0 }).genesis.accounts.map(({ address }) => address);
  for (const name of ["dev", "local"] as const)
    expect(addressesOf(name)).toEqual(expect.arrayContaining(ofDemo));
  for (const name of ["test", "main"] as const)
    for (const address of ofDemo) expect(addressesOf(name)).not.toContain(address);
});

it("networks on one machine have the accounts and the chain id asked for", () => {
  const mnemonic =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
  const { chainId, genesis } = networkOf("dev", { accounts: 1, validators: 1, mnemonic, chainId: 1_337 });
  expect(chainId).toBe(1_337n);
  // BIP-44's first account of this mnemonic.
  expect(genesis.accounts.map(({ address }) => address)).toContain(
    "0x9858effd232b4033e47d90003d41ec34ecaeda94",
  );
  expect(networkOf("main", { accounts: 1, validators: 0, chainId: 1_337 }).chainId).toBe(21_586n);
});

it("networks on one machine have the gas limit asked for", () => {
  const limitOf = (name: "dev" | "local" | "main", gasLimit?: number) =>
    networkOf(name, { accounts: 1, validators: 0, ...(gasLimit === undefined ? {} : { gasLimit }) }).gasLimit;
  for (const name of ["dev", "local"] as const)
    expect([limitOf(name), limitOf(name, 100_000_000)]).toEqual([30_000_000n, 100_000_000n]);
  expect(limitOf("main", 100_000_000)).toBe(30_000_000n);
});

it("SHARD-15.1: with several shards, development validators unbond late, so that late certificates count", () => {
  const unbondingOf = (shards: number): bigint => {
    const { genesis } = networkOf("local", { accounts: 1, validators: 1, shards });
    const storages = new Map(genesis.accounts.map(({ address, storage }) => [address, storage]));
    const state: StateReader = {
      account: () => ({ nonce: 1n, balance: 0n, codeHash: ZERO_HASH }),
      storage: (address, slot) => storages.get(address)?.get(slot) ?? 0n,
      code: () => new Uint8Array(0),
    };
    return readParameters(state)!.unbondingEpochs;
  };
  // Epochs of 20 blocks.
  expect([1, 2].map(unbondingOf)).toEqual([2n, 64n]);
});

it("only a devnet of one node may accept transactions without a chain id [TX-2]", () => {
  const isAllowed = (name: "dev" | "local" | "main" | "test", allowUnprotected?: boolean) =>
    networkOf(name, {
      accounts: 1,
      validators: 0,
      ...(allowUnprotected === undefined ? {} : { allowUnprotected }),
    }).allowUnprotected === true;
  expect(isAllowed("dev", true)).toBe(true);
  expect(isAllowed("dev", false)).toBe(false);
  for (const name of ["local", "main", "test"] as const) expect(isAllowed(name, true)).toBe(false);
});

it("a fork keeps chain id, time, base fee and nonces of the forked chain, and another block has another genesis [DEV-7]", () => {
  const settings = { accounts: 1, validators: 1 };
  const fork = {
    chainId: 5,
    number: 100,
    timestampMs: 1_700_000_000_000,
    baseFee: 9_000_000_000n,
    hash: `0x${"ab".repeat(32)}`,
    nonceOf: () => 7n,
  } as const;
  const { chainId, baseFeeGenesis, baseFeeMin, genesis } = networkOf("dev", { ...settings, fork });
  expect([chainId, baseFeeGenesis]).toEqual([5n, 9_000_000_000n]);
  expect(genesis).toMatchObject({ number: 101, timestampMs: 1_700_000_001_000 });
  expect(genesis.extra).toEqual(new Uint8Array(32).fill(0xab));
  const funded = genesisAccounts(settings).map(({ address }) => address);
  const nonces = genesis.accounts.filter(({ address }) => funded.includes(address)).map(({ nonce }) => nonce);
  expect(new Set(nonces)).toEqual(new Set([7n]));
  expect(networkOf("dev", { ...settings, chainId: 6, fork }).chainId).toBe(6n);
  expect(networkOf("dev", { ...settings, fork: { ...fork, baseFee: 0n } }).baseFeeGenesis).toBe(baseFeeMin);
});
