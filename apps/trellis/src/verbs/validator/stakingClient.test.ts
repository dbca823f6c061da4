import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Staking } from "@trellis/contracts";
import { type Abi, encodeErrorResult, type Hex, parseTransaction } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { expect, it, onTestFinished } from "vitest";
import { StakingClient } from "./stakingClient.ts";

interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: Hex;
}

type Answers = Record<string, (params: readonly Hex[]) => unknown>;
const account = privateKeyToAccount(`0x${"11".repeat(32)}`);

const fundsError = (message: string): RpcError => ({ code: -32_000, message });

async function clientOf(answers: Answers, refusal?: RpcError): Promise<StakingClient> {
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const { id, method, params } = JSON.parse(text);
    const result = answers[method]?.(params);
    const error = refusal ?? { code: -32_601, message: method };
    response.end(JSON.stringify({ jsonrpc: "2.0", id, ...(result === undefined ? { error } : { result }) }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return new StakingClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

it("ACCOUNT_FUNDS_INSUFFICIENT: with account, balance and cost, also if the node omits the cost", async () => {
  const answers = { eth_chainId: () => "0x1", eth_getBalance: () => "0xde0b6b3a7640000" };
  for (const [refusal, costCoins] of [
    [
      `insufficient funds for gas * price + value: address ${account.address} have 1 want 6000000000000000000`,
      "6",
    ],
    ["insufficient funds for transfer", "5"],
  ] as const) {
    const client = await clientOf(answers, fundsError(refusal));
    await expect(client.send(account, "stake", [account.address], 5n * 10n ** 18n)).rejects.toMatchObject({
      code: "ACCOUNT_FUNDS_INSUFFICIENT",
      facts: { account: account.address, balanceCoins: "1", costCoins },
    });
  }
});

it("allows 50 % more gas than estimated, because others may stake first", async () => {
  const sent: Hex[] = [];
  const hash: Hex = `0x${"ab".repeat(32)}`;
  const receipt = {
    transactionHash: hash,
    status: "0x1",
    blockNumber: "0x1",
    blockHash: hash,
    transactionIndex: "0x0",
    from: hash.slice(0, 42),
    to: hash.slice(0, 42),
    contractAddress: null,
    logs: [],
    logsBloom: "0x",
    cumulativeGasUsed: "0x1",
    gasUsed: "0x1",
    effectiveGasPrice: "0x1",
    type: "0x2",
  };
  const answers: Answers = {
    eth_call: () => "0x",
    eth_chainId: () => "0x1",
    eth_estimateGas: () => "0x186a0",
    eth_getTransactionCount: () => "0x0",
    eth_getBlockByNumber: () => ({ baseFeePerGas: "0x1", number: "0x1", transactions: [] }),
    eth_maxPriorityFeePerGas: () => "0x1",
    eth_blockNumber: () => "0x1",
    eth_getTransactionReceipt: () => receipt,
    eth_sendRawTransaction: ([raw]) => {
      sent.push(raw!);
      return hash;
    },
  };
  const client = await clientOf(answers);
  expect(await client.send(account, "stake", [account.address], 5n)).toMatchObject({
    transaction: hash,
    block: 1n,
  });
  expect(sent.map((raw) => parseTransaction(raw))).toMatchObject([{ gas: 150_000n, value: 5n }]);
});

it.each([
  [
    "SelfStakeTooLow",
    [50n * 10n ** 18n, 1_000n * 10n ** 18n],
    /minimum, selfStakeMinWei \(STAKE-3\)/,
    "got 50 coins, min 1000 coins",
  ],
  ["ValidatorJailed", [account.address, 7n], /STAKE-16/, `validator ${account.address}, untilEpoch 7`],
  ["CommissionStepTooGreat", [500n, 1_200n, 500n], /STAKE-4/, "from 500, to 1200, max 500"],
] as const)(
  "STAKING_REFUSED: %s, with its rule and the values of the contract",
  async (reason, args, rule, values) => {
    const data = encodeErrorResult({ abi: Staking.abi as Abi, errorName: reason, args: [...args] });
    const client = await clientOf(
      { eth_chainId: () => "0x1" },
      { code: 3, message: "execution reverted", data },
    );
    await expect(client.send(account, "unjail", [])).rejects.toMatchObject({
      code: "STAKING_REFUSED",
      facts: { reason, rule: expect.stringMatching(rule), values },
    });
  },
);

it("STAKING_REFUSED: every error of the contract that a user can cause has a rule", async () => {
  const ofSystem =
    /^(?:NotSystem|SetEpoch|CertificateNotNew|NobodyTo|Bitmap|Epoch|Issuance|Evidence|GenesisStake|Timepoint)/;
  const ofLibraries = /^(?:Checkpoint|FailedCall|InsufficientBalance|Reentrancy|SafeCast)/;
  const errors = (Staking.abi as Abi).filter((item) => item.type === "error");
  const names = errors
    .map(({ name }) => name)
    .filter((name) => !ofSystem.test(name) && !ofLibraries.test(name));
  expect(names.length).toBeGreaterThan(15);
  const without: string[] = [];
  for (const errorName of names) {
    const { inputs } = errors.find(({ name }) => name === errorName)!;
    const args = inputs.map(({ type }) =>
      type === "address" ? account.address : type === "bytes" ? "0x" : 1n,
    );
    const data = encodeErrorResult({ abi: Staking.abi as Abi, errorName, args });
    const client = await clientOf({}, { code: 3, message: "execution reverted", data });
    const refusal = await client.read("epoch").catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "STAKING_REFUSED", facts: { reason: errorName } });
    if ((refusal as { facts: { rule?: string } }).facts.rule === undefined) without.push(errorName);
  }
  expect(without).toEqual([]);
});
