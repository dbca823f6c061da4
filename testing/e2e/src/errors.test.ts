import { Contract, type ErrorCode, isError, type JsonRpcProvider, Wallet } from "ethers";
import {
  type Address,
  BaseError,
  ContractFunctionRevertedError,
  encodeFunctionData,
  FeeCapTooLowError,
  InsufficientFundsError,
  IntrinsicGasTooLowError,
  MethodNotFoundRpcError,
  NonceTooHighError,
  NonceTooLowError,
  parseEther,
  parseGwei,
  TipAboveFeeCapError,
  TransactionNotFoundError,
  TransactionReceiptNotFoundError,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { beforeAll, describe, expect, it } from "vitest";
import { accountOf, devnetChain, privateKeyOf } from "./chain.ts";
import { ethersProviderOf, publicClientOf, rpcCall, walletOf } from "./clients.ts";
import { deployProbe, probeAbi } from "./probe.ts";
import { useDevnet } from "./useDevnet.ts";

const shared = useDevnet();
const TO = `0x${"12".repeat(20)}` as const;
const NOBODY = privateKeyToAccount(`0x${"77".repeat(32)}`);
let probe: Address;

beforeAll(async () => {
  probe = await deployProbe(shared.rpcUrl, accountOf(0));
});

async function causeOf<T extends BaseError>(
  promise: Promise<unknown>,
  type: new (...args: never[]) => T,
): Promise<T | undefined> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof BaseError)) return undefined;
  return error.walk((cause) => cause instanceof type) as T | undefined;
}

describe("viem recognises for a refused transaction", () => {
  const send = (changes: object, account = accountOf(1)): Promise<unknown> =>
    walletOf(shared.rpcUrl, account).sendTransaction({
      account,
      chain: devnetChain,
      to: TO,
      gas: 21_000n,
      nonce: 0,
      maxFeePerGas: parseGwei("10"),
      maxPriorityFeePerGas: 1n,
      ...changes,
    });

  it("InsufficientFundsError", async () => {
    expect(await causeOf(send({ value: parseEther("10001") }), InsufficientFundsError)).toBeDefined();
  });
  it("InsufficientFundsError of an empty account", async () => {
    const wallet = walletOf(shared.rpcUrl, accountOf(1));
    const serializedTransaction = await NOBODY.signTransaction({
      chainId: 31337,
      nonce: 0,
      gas: 21_000n,
      to: TO,
      value: 1n,
      maxFeePerGas: parseGwei("10"),
      maxPriorityFeePerGas: 1n,
    });
    const { error } = await rpcCall(shared.rpcUrl, "eth_sendRawTransaction", [serializedTransaction]);
    expect(error).toMatchObject({ code: -32000, message: expect.stringMatching(/^insufficient funds/) });
    await expect(wallet.sendRawTransaction({ serializedTransaction })).rejects.toThrow(/insufficient funds/);
  });
  it("NonceTooLowError", async () => {
    expect(await causeOf(send({ nonce: 0 }, accountOf(0)), NonceTooLowError)).toBeDefined();
  });
  it("NonceTooHighError, of a nonce beyond the queue", async () => {
    expect(await causeOf(send({ nonce: 1_000_000 }), NonceTooHighError)).toBeDefined();
  });
  it("IntrinsicGasTooLowError", async () => {
    expect(await causeOf(send({ gas: 20_999n }), IntrinsicGasTooLowError)).toBeDefined();
  });
  it("FeeCapTooLowError", async () => {
    const fees = { maxFeePerGas: 1n, maxPriorityFeePerGas: 1n };
    expect(await causeOf(send(fees), FeeCapTooLowError)).toBeDefined();
  });
  it("TipAboveFeeCapError, by the node and by the library", async () => {
    const { error } = await rpcCall(shared.rpcUrl, "eth_call", [
      { to: TO, from: accountOf(1).address, maxFeePerGas: "0x1", maxPriorityFeePerGas: "0x2" },
      "latest",
    ]);
    expect(error?.message).toMatch(TipAboveFeeCapError.nodeMessage);
  });
  it("a known transaction as NonceTooLowError", async () => {
    const serializedTransaction = await accountOf(2).signTransaction({
      chainId: 31337,
      nonce: 1,
      gas: 21_000n,
      to: TO,
      maxFeePerGas: parseGwei("10"),
      maxPriorityFeePerGas: 1n,
    });
    const client = publicClientOf(shared.rpcUrl);
    await client.sendRawTransaction({ serializedTransaction });
    const { error } = await rpcCall(shared.rpcUrl, "eth_sendRawTransaction", [serializedTransaction]);
    expect(error?.message).toBe("already known");
    expect(error?.message).toMatch(NonceTooLowError.nodeMessage);
  });
});

describe("viem decodes for a reverted call", () => {
  const client = () => publicClientOf(shared.rpcUrl);
  type Failing = "failWithReason" | "failWithoutReason" | "failWithPanic" | "failWithError";
  const read = (functionName: Failing, args: readonly bigint[] = []): Promise<unknown> =>
    client().readContract({
      address: probe,
      abi: probeAbi,
      functionName,
      args,
      account: accountOf(3),
    } as Parameters<ReturnType<typeof client>["readContract"]>[0]);

  it("the reason", async () => {
    const error = await causeOf(read("failWithReason"), ContractFunctionRevertedError);
    expect(error?.reason).toBe("the probe refuses");
  });
  it("the custom error and its arguments", async () => {
    const error = await causeOf(read("failWithError", [7n]), ContractFunctionRevertedError);
    expect(error?.data).toMatchObject({ errorName: "Refused", args: [7n, accountOf(3).address] });
  });
  it("the panic", async () => {
    const error = await causeOf(read("failWithPanic", [0n]), ContractFunctionRevertedError);
    expect(error?.reason).toMatch(/Division or modulo by zero/i);
  });
  it("nothing, without data", async () => {
    const error = await causeOf(read("failWithoutReason"), ContractFunctionRevertedError);
    expect(error?.signature).toBeUndefined();
    expect(error?.raw).toBe("0x");
  });
  it("the same when gas is estimated, before anything is sent", async () => {
    const estimate = client().estimateContractGas({
      address: probe,
      abi: probeAbi,
      functionName: "storeOver",
      args: [99n, 1n],
      account: accountOf(3),
    });
    const error = await causeOf(estimate, ContractFunctionRevertedError);
    expect(error?.reason).toBe("the slot is empty");
  });
});

describe("the node's messages are geth's", () => {
  const call = (data: `0x${string}`, more: object = {}) =>
    rpcCall(shared.rpcUrl, "eth_call", [{ to: probe, data, ...more }, "latest"]);
  const dataOf = (functionName: "failWithReason" | "failWithoutReason") =>
    encodeFunctionData({ abi: probeAbi, functionName });

  it("code 3, the reason in the message, the data in data", async () => {
    const { error } = await call(dataOf("failWithReason"));
    expect(error).toMatchObject({ code: 3, message: "execution reverted: the probe refuses" });
    expect(error?.data).toMatch(/^0x08c379a0/);
    const silent = await call(dataOf("failWithoutReason"));
    expect(silent.error).toMatchObject({ code: 3, message: "execution reverted", data: "0x" });
  });
  it("out of gas", async () => {
    const data = encodeFunctionData({ abi: probeAbi, functionName: "hashRepeatedly", args: [1_000_000n] });
    const { error } = await call(data, { gas: "0x186a0" });
    expect(error).toMatchObject({ code: -32000, message: expect.stringMatching(/out of gas/) });
  });
  it("an unknown method", async () => {
    const { error } = await rpcCall(shared.rpcUrl, "eth_doSomething");
    expect(error).toMatchObject({
      code: -32601,
      message: "the method eth_doSomething does not exist/is not available",
    });
    const unknown = publicClientOf(shared.rpcUrl).request({ method: "eth_doSomething" as never });
    expect(await causeOf(unknown, MethodNotFoundRpcError)).toBeDefined();
  });
  it.each([
    ["eth_getBalance", []],
    ["eth_getBalance", ["0x12", "latest"]],
    ["eth_getBalance", [TO, "newest"]],
    ["eth_getBlockByNumber", ["0x01", false]],
    ["eth_getBlockByNumber", ["latest", "yes"]],
    ["eth_getTransactionByHash", ["0x1234"]],
    ["eth_call", [{ to: TO, value: -1 }, "latest"]],
    ["eth_getLogs", [{ fromBlock: "0x5", toBlock: "0x1" }]],
    ["eth_feeHistory", ["0x1", "latest", [50, 10]]],
    ["eth_sendRawTransaction", ["0xzz"]],
  ])("%s %j is refused with the name of the argument", async (method, params) => {
    const { error } = await rpcCall(shared.rpcUrl, method, params);
    expect([-32602, -32000]).toContain(error?.code);
    expect(error?.message.length).toBeGreaterThan(10);
  });
});

it("viem reports an unknown transaction or receipt", async () => {
  const client = publicClientOf(shared.rpcUrl);
  const hash = `0x${"99".repeat(32)}` as const;
  expect(await causeOf(client.getTransaction({ hash }), TransactionNotFoundError)).toBeDefined();
  expect(
    await causeOf(client.getTransactionReceipt({ hash }), TransactionReceiptNotFoundError),
  ).toBeDefined();
});

describe("ethers recognises", () => {
  const ABI = probeAbi.map((item) => JSON.stringify(item));
  async function codeOf(run: (provider: JsonRpcProvider) => Promise<unknown>): Promise<ErrorCode | unknown> {
    const provider = ethersProviderOf(shared.rpcUrl);
    try {
      await run(provider);
      return undefined;
    } catch (error) {
      return error;
    } finally {
      provider.destroy();
    }
  }

  it("INSUFFICIENT_FUNDS", async () => {
    const error = await codeOf(async (provider) => {
      const wallet = new Wallet(privateKeyOf(4), provider);
      await wallet.sendTransaction({ to: TO, value: parseEther("10001"), gasLimit: 21_000 });
    });
    expect(isError(error, "INSUFFICIENT_FUNDS")).toBe(true);
  });
  it("NONCE_EXPIRED", async () => {
    const error = await codeOf(async (provider) => {
      const wallet = new Wallet(privateKeyOf(0), provider);
      await wallet.sendTransaction({ to: TO, nonce: 0, gasLimit: 21_000 });
    });
    expect(isError(error, "NONCE_EXPIRED")).toBe(true);
  });
  it("REPLACEMENT_UNDERPRICED", async () => {
    const error = await codeOf(async (provider) => {
      const wallet = new Wallet(privateKeyOf(5), provider);
      const fees = { maxFeePerGas: parseGwei("10"), maxPriorityFeePerGas: 1n, gasLimit: 21_000, nonce: 3 };
      await wallet.sendTransaction({ to: TO, value: 1n, ...fees });
      await wallet.sendTransaction({ to: TO, value: 2n, ...fees });
    });
    expect(isError(error, "REPLACEMENT_UNDERPRICED")).toBe(true);
  });
  it("CALL_EXCEPTION with the reason and the custom error", async () => {
    const reason = await codeOf((provider) =>
      new Contract(probe, `[${ABI}]`, provider).getFunction("failWithReason").staticCall(),
    );
    expect(isError(reason, "CALL_EXCEPTION") && reason.reason).toBe("the probe refuses");
    const custom = await codeOf((provider) =>
      new Contract(probe, `[${ABI}]`, provider).getFunction("failWithError").staticCall(9n),
    );
    expect(isError(custom, "CALL_EXCEPTION") && custom.revert).toMatchObject({ name: "Refused" });
  });
  it("CALL_EXCEPTION of a mined transaction that reverts", async () => {
    const error = await codeOf(async (provider) => {
      const wallet = new Wallet(privateKeyOf(6), provider);
      const contract = new Contract(probe, `[${ABI}]`, wallet);
      const sent = await contract.getFunction("storeOver").send(5n, 1n, { gasLimit: 100_000 });
      await sent.wait();
    });
    expect(isError(error, "CALL_EXCEPTION") && error.receipt?.status).toBe(0);
  });
});
