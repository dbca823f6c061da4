import { join } from "node:path";
import {
  type Address,
  concat,
  createTestClient,
  domainSeparator,
  getContractAddress,
  type Hex,
  http,
  parseAbi,
  parseEther,
  publicActions,
  walletActions,
} from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accountOf, devnetChain } from "./chain.ts";
import { rpcCall } from "./clients.ts";
import { deployProbe, probeAbi } from "./probe.ts";
import { flagsOf, type ReadyLine, type Served, startTrellis } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const STRANGER: Address = "0x000000000000000000000000000000000000bEEF";
const OTHER: Address = "0x000000000000000000000000000000000000BEEe";

const MINERS = [
  "0x00000000000000000000000000000000000a0001",
  "0x00000000000000000000000000000000000a0002",
] as const;

let directory: TemporaryDirectory;
let dataDir: string;
let devnet: Served<ReadyLine>;

async function start(...args: readonly string[]): Promise<void> {
  const flags = flagsOf({ dataDir, args: ["--no-reserves", "--arbitrage", "off", ...args] });
  devnet = await startTrellis<ReadyLine>(["devnet", ...flags]);
}

function clientOf(mode: "anvil" | "hardhat") {
  return createTestClient({
    mode,
    chain: devnetChain,
    transport: http(devnet.ready.rpc, { timeout: 60_000, retryCount: 0 }),
  })
    .extend(publicActions)
    .extend(walletActions);
}

async function ask<T = unknown>(method: string, ...params: unknown[]): Promise<T> {
  const { result, error } = await rpcCall(devnet.ready.rpc, method, params);
  if (error !== undefined) throw new Error(error.message);
  return result as T;
}

const number = async (): Promise<number> => Number(await ask<Hex>("eth_blockNumber"));
const time = async (): Promise<number> =>
  Number((await ask<{ timestamp: Hex }>("eth_getBlockByNumber", "latest", false)).timestamp);

beforeAll(async () => {
  directory = await temporaryDirectory();
  dataDir = join(directory.path, "devnet");
  await start();
});

afterAll(async () => {
  await devnet.stop();
  await directory.remove();
});

it("names itself as tools expect, and describes its chain [RPC-28]", async () => {
  expect(await ask("web3_clientVersion")).toMatch(/^anvil\/Trellis\/\d+\.\d+\.\d+/);
  // The first command ends empty blocks.
  await ask("anvil_mine", "0x1");
  expect(await ask("hardhat_metadata")).toMatchObject({ chainId: 31_337, latestBlockNumber: await number() });
  expect(await ask("anvil_nodeInfo")).toMatchObject({ environment: { chainId: 31_337 } });
});

describe.each(["anvil", "hardhat"] as const)("viem's test client in mode %s", (mode) => {
  it("mines, with intervals", async () => {
    const client = clientOf(mode);
    // The first command ends empty blocks.
    await client.mine({ blocks: 1 });
    const [before, since] = [await number(), await time()];
    await client.mine({ blocks: 5, interval: 600 });
    expect(await number()).toBe(before + 5);
    expect((await time()) - since).toBeGreaterThanOrEqual(4 * 600 + 1);
  });

  it("sets the time of the next block, and moves time", async () => {
    const client = clientOf(mode);
    const next = (await time()) + 10_000;
    await client.setNextBlockTimestamp({ timestamp: BigInt(next) });
    await client.mine({ blocks: 1 });
    expect(await time()).toBe(next);
    await client.increaseTime({ seconds: 3_600 });
    await client.mine({ blocks: 1 });
    expect((await time()) - next).toBeGreaterThanOrEqual(3_600);
  });

  it("sets balance, nonce, code, storage and miner", async () => {
    const client = clientOf(mode);
    const account: Address = mode === "anvil" ? MINERS[0] : MINERS[1];
    await client.setBalance({ address: account, value: parseEther("3") });
    await client.setNonce({ address: account, nonce: 9 });
    expect(await client.getBalance({ address: account })).toBe(parseEther("3"));
    expect(await client.getTransactionCount({ address: account })).toBe(9);
    await client.setCode({ address: account, bytecode: "0x6001" });
    await client.setStorageAt({ address: account, index: 1, value: `0x${"07".padStart(64, "0")}` });
    expect(await client.getCode({ address: account })).toBe("0x6001");
    expect(BigInt((await client.getStorageAt({ address: account, slot: "0x1" }))!)).toBe(7n);
    await client.setCoinbase({ address: account });
    await client.mine({ blocks: 1 });
    expect((await client.getBlock()).miner).toBe(account.toLowerCase());
    await client.setNextBlockBaseFeePerGas({ baseFeePerGas: 5_000_000_000n });
    await client.mine({ blocks: 1 });
    expect((await client.getBlock()).baseFeePerGas).toBe(5_000_000_000n);
  });

  it("turns automine off and on, and drops transactions", async () => {
    const client = clientOf(mode);
    const { address: from } = accountOf(2);
    expect(await client.getAutomine()).toBe(true);
    await client.setAutomine(false);
    expect(await client.getAutomine()).toBe(false);
    const before = await number();
    const gas = "0x5208";
    const first = await ask<Hex>("eth_sendTransaction", { from, to: OTHER, value: "0x1", gas });
    const second = await ask<Hex>("eth_sendTransaction", { from, to: OTHER, value: "0x2", gas });
    expect(await number()).toBe(before);
    await client.dropTransaction({ hash: second });
    await client.mine({ blocks: 1 });
    expect((await client.getBlock()).transactions).toEqual([first]);
    await client.setAutomine(true);
  });

  it("impersonates accounts, also contracts", async () => {
    const client = clientOf(mode);
    const contract = await deployProbe(devnet.ready.rpc, accountOf(0));
    for (const account of [STRANGER, contract]) {
      await client.setBalance({ address: account, value: parseEther("10") });
      const send = () => client.sendTransaction({ account, to: OTHER, value: 1n });
      await expect(send()).rejects.toThrow("unknown account");
      await client.impersonateAccount({ address: account });
      const before = await client.getBalance({ address: OTHER });
      const hash = await send();
      expect(await client.getTransactionReceipt({ hash })).toMatchObject({
        status: "success",
        from: account.toLowerCase(),
      });
      expect(await client.getBalance({ address: OTHER })).toBe(before + 1n);
      await client.stopImpersonatingAccount({ address: account });
      await expect(send()).rejects.toThrow("unknown account");
    }
    expect(
      await client.readContract({ address: contract, abi: probeAbi, functionName: "values", args: [1n] }),
    ).toBe(0n);
  });

  it("returns to snapshots", async () => {
    const client = clientOf(mode);
    const before = [await number(), await time(), await client.getBalance({ address: OTHER })];
    const id = await client.snapshot();
    await client.setBalance({ address: OTHER, value: 77n });
    await client.increaseTime({ seconds: 1_000_000 });
    await client.mine({ blocks: 3 });
    expect(await ask("evm_revert", id)).toBe(true);
    expect([await number(), await time(), await client.getBalance({ address: OTHER })]).toEqual(before);
    expect(await ask("evm_revert", id)).toBe(false);
  });
});

it("answers sends when they are mined, also in parallel", async () => {
  const send = (index: number) =>
    ask<Hex>("eth_sendTransaction", {
      from: accountOf(index).address,
      to: OTHER,
      value: "0x1",
      gas: "0x5208",
    });
  for (const hash of await Promise.all([1, 2, 3, 4].map(send)))
    expect(await ask("eth_getTransactionReceipt", hash)).toMatchObject({ status: "0x1" });
});

it("takes transactions without a chain id (before EIP-155) [TX-2]", async () => {
  const account = accountOf(5);
  const [nonce, gasPrice] = [Number(await ask("eth_getTransactionCount", account.address)), 10n ** 11n];
  const fields = { type: "legacy", gas: 21_000n, gasPrice, nonce, to: OTHER, value: 1n } as const;
  const signed = await account.signTransaction(fields);
  const action = { from: account.address.toLowerCase(), to: OTHER.toLowerCase(), value: "0x1", gas: "0x0" };
  expect(await ask("trace_rawTransaction", signed, ["trace"])).toMatchObject({ trace: [{ action }] });
  const hash = await ask<Hex>("eth_sendRawTransaction", signed);
  expect(await ask("eth_getTransactionReceipt", hash)).toMatchObject({ status: "0x1" });
  const transaction = await ask<{ v: Hex }>("eth_getTransactionByHash", hash);
  expect(transaction.v).toMatch(/^0x1[bc]$/);
  expect(transaction).not.toHaveProperty("chainId");
});

it("has the contracts that tools expect at the same address on every chain", async () => {
  const client = clientOf("anvil");
  const multicallAddress = "0xcA11bde05977b3631167028862bE2a173976CA11";
  const permit2 = {
    address: "0x000000000022D473030F116dDEE9F6B43aC78BA3",
    abi: parseAbi(["function DOMAIN_SEPARATOR() view returns (bytes32)"]),
    functionName: "DOMAIN_SEPARATOR",
  } as const;
  const chain = {
    address: multicallAddress,
    abi: parseAbi(["function getChainId() view returns (uint256)"]),
    functionName: "getChainId",
  } as const;
  const [separator, chainId] = await client.multicall({
    contracts: [permit2, chain],
    multicallAddress,
    allowFailure: false,
  });
  const domain = { name: "Permit2", chainId: 31_337, verifyingContract: permit2.address };
  expect(separator).toBe(domainSeparator({ domain }));
  expect(chainId).toBe(31_337n);
  const factory = "0x914d7Fec6aaC8cd542e72Bca78B30650d45643d7";
  const salt = `0x${"00".repeat(32)}` as const;
  const from = accountOf(6).address;
  const bytecode = "0x6001600c60003960016000f300";
  const hash = await ask<Hex>("eth_sendTransaction", { from, to: factory, data: concat([salt, bytecode]) });
  expect(await ask("eth_getTransactionReceipt", hash)).toMatchObject({ status: "0x1" });
  const created = getContractAddress({ opcode: "CREATE2", from: factory, salt, bytecode });
  expect(await ask("eth_getCode", created)).toBe("0x00");
});

it("dumps its state, and loads it after a reset", async () => {
  const client = clientOf("anvil");
  const contract = await deployProbe(devnet.ready.rpc, accountOf(0));
  await client.setStorageAt({ address: contract, index: 5, value: `0x${"0a".padStart(64, "0")}` });
  const stateOf = async () => [
    await client.getBalance({ address: accountOf(0).address }),
    await client.getTransactionCount({ address: accountOf(0).address }),
    await client.getCode({ address: contract }),
    await client.getStorageAt({ address: contract, slot: "0x5" }),
  ];
  const before = await stateOf();
  const state = await client.dumpState();
  await ask("anvil_reset");
  expect(await client.getCode({ address: contract })).toBeUndefined();
  await client.loadState({ state });
  expect(await number()).toBe(1);
  expect(await stateOf()).toEqual(before);
});

it("moves time on after many quick blocks [DEV-2]", async () => {
  await ask("hardhat_mine", "0x12c");
  const before = await time();
  await ask("evm_increaseTime", 60);
  await ask("evm_mine");
  expect((await time()) - before).toBeGreaterThanOrEqual(60);
});

it("is as it was when the process is killed between snapshot and revert [DEV-3]", async () => {
  await clientOf("anvil").impersonateAccount({ address: STRANGER });
  await ask("anvil_setBalance", STRANGER, "0xde0b6b3a7640000");
  const before = { number: await number(), balance: await ask("eth_getBalance", OTHER, "latest") };
  const id = await ask<Hex>("evm_snapshot");
  const hash = await ask<Hex>("eth_sendTransaction", { from: STRANGER, to: OTHER, value: "0x5" });
  await ask("hardhat_setBalance", OTHER, "0x1234");
  const after = await number();
  await devnet.kill();
  await start();
  expect(await number()).toBe(after);
  expect(await ask("eth_getBalance", OTHER, "latest")).toBe("0x1234");
  expect(await ask("eth_getTransactionReceipt", hash)).toMatchObject({ status: "0x1" });
  expect(await ask("evm_revert", id)).toBe(true);
  expect(await number()).toBe(before.number);
  expect(await ask("eth_getBalance", OTHER, "latest")).toBe(before.balance);
  expect(await ask("eth_getTransactionByHash", hash)).toBeNull();
  expect(await ask("evm_revert", id)).toBe(false);
});

it("returns to genesis, below final blocks, and continues from there [DEV-6]", async () => {
  const finalized = async () =>
    Number((await ask<{ number: Hex }>("eth_getBlockByNumber", "finalized", false)).number);
  const isFinal = () => expect.poll(finalized, { timeout: 30_000 }).toBeGreaterThan(0);
  await isFinal();
  const { address: from } = accountOf(3);
  const send = () => ask<Hex>("eth_sendTransaction", { from, to: OTHER, value: "0x5", gas: "0x5208" });
  for (const method of ["hardhat_reset", "anvil_reset"]) {
    await ask("evm_setAutomine", false);
    expect(await ask(method)).toBe(true);
    expect([await number(), await finalized()]).toEqual([0, 0]);
    expect(await ask("eth_getBalance", OTHER, "latest")).toBe("0x0");
    expect(await ask("eth_getTransactionCount", from, "latest")).toBe("0x0");
    expect(await ask("eth_getTransactionReceipt", await send())).toMatchObject({
      status: "0x1",
      blockNumber: "0x1",
    });
    await ask("hardhat_mine", "0x8");
    await isFinal();
  }
  await devnet.kill();
  await start("--allow-equal-times");
  expect(await number()).toBeGreaterThanOrEqual(9);
  expect(await ask("eth_getBalance", OTHER, "0x1")).toBe("0x5");
  await ask("hardhat_mine", "0x8");
  await expect.poll(finalized, { timeout: 30_000 }).toBeGreaterThan(12);
});

it("makes blocks in the same second, if that is allowed [DEV-2]", async () => {
  await ask("evm_increaseTime", 3_600);
  await ask("evm_mine");
  const before = { number: await number(), time: await time() };
  for (let made = 0; made < 3; made++) {
    await ask("evm_setNextBlockTimestamp", before.time);
    await ask("evm_mine");
  }
  expect({ number: (await number()) - 3, time: await time() }).toEqual(before);
  await expect(ask("evm_setNextBlockTimestamp", before.time - 1)).rejects.toThrow(
    "is lower than the previous",
  );
});
