import { expect } from "vitest";
import { publicClientOf } from "../clients.ts";
import { eventually } from "../eventually.ts";
import type { ArbitrageApi, BookedAccounts, Opportunity } from "./ArbitrageService.ts";
import { throttled } from "./throttled.ts";

type Hex = `0x${string}`;

const WAIT_MS = 180_000;

export interface Balances {
  readonly height: number;
  readonly nonce: number;
  readonly ownerToken: bigint;
  readonly walletCoin: bigint;
}

const BALANCE_OF = [
  {
    type: "function",
    name: "balanceOf",
    stateMutability: "view",
    inputs: [{ name: "account", type: "address" }],
    outputs: [{ type: "uint256" }],
  },
] as const;

export async function balancesOf({ rpcUrl, wallet, owner, token }: BookedAccounts): Promise<Balances> {
  const client = publicClientOf(rpcUrl);
  const height = Number(await client.getBlockNumber({ cacheTime: 0 }));
  const [ownerToken, walletCoin, nonce] = await Promise.all([
    client.readContract({ address: token, abi: BALANCE_OF, functionName: "balanceOf", args: [owner] }),
    client.getBalance({ address: wallet }),
    client.getTransactionCount({ address: wallet }),
  ]);
  return { height, ownerToken, walletCoin, nonce };
}

interface SentTransaction {
  readonly hash: Hex;
  readonly height: number;
  readonly input: Hex;
  readonly isReverted: boolean;
  readonly gasWei: bigint;
}

export async function sentBy(
  { rpcUrl, wallet }: BookedAccounts,
  since: Pick<Balances, "height" | "nonce">,
): Promise<readonly SentTransaction[]> {
  const client = publicClientOf(rpcUrl);
  const height = Number(await client.getBlockNumber({ cacheTime: 0 }));
  const heights = Array.from({ length: height - since.height }, (_, place) => since.height + 1 + place);
  const sent = await Promise.all(
    heights.map(async (number) => {
      const { transactions } = await client.getBlock({
        blockNumber: BigInt(number),
        includeTransactions: true,
      });
      const own = transactions.filter(
        ({ from, nonce }) => from.toLowerCase() === wallet && nonce >= since.nonce,
      );
      return Promise.all(
        own.map(async ({ hash, input, nonce }) => {
          const { status, gasUsed, effectiveGasPrice } = await client.getTransactionReceipt({ hash });
          const gasWei = gasUsed * effectiveGasPrice;
          return { hash, height: number, input, isReverted: status === "reverted", gasWei, nonce };
        }),
      );
    }),
  );
  return sent.flat().sort((a, b) => a.nonce - b.nonce);
}

export async function settled(api: ArbitrageApi): Promise<void> {
  const look = async () => {
    const [{ reservedCount }, open, { bookDifferences }] = await Promise.all([
      api.risk(),
      api.executions("open"),
      api.status(),
    ]);
    return { reservedCount, open, bookDifferences };
  };
  const isSettled = async (): Promise<boolean> => {
    const { reservedCount, open, bookDifferences } = await look();
    return reservedCount === 0 && open.length === 0 && bookDifferences !== null;
  };
  try {
    await eventually(throttled(isSettled), WAIT_MS);
  } catch (cause) {
    throw new Error(`something stays on its way: ${JSON.stringify(await look())}`, { cause });
  }
}

async function isUntouched(rpcUrl: string, { pools, block, execution }: Opportunity): Promise<boolean> {
  const logs = await publicClientOf(rpcUrl).getLogs({
    address: pools as Hex[],
    fromBlock: BigInt(block.height) + 1n,
    toBlock: BigInt(execution!.block!.height),
  });
  return logs[0]?.transactionHash === execution!.transactionHash;
}

/** Earlier trades may increase a profit. */
export async function expectProfits(rpcUrl: string, executed: readonly Opportunity[]): Promise<void> {
  for (const each of executed) {
    const [predicted, realised] = [BigInt(each.expectedProfit), BigInt(each.execution!.profit!)];
    if (await isUntouched(rpcUrl, each)) expect(realised, each.id).toBe(predicted);
    else expect(realised, each.id).toBeGreaterThanOrEqual(predicted);
  }
}

export async function expectBooksOfChain(
  api: ArbitrageApi,
  accounts: BookedAccounts,
  before: Balances,
): Promise<readonly Opportunity[]> {
  await eventually(
    throttled(async () => (await api.status()).bookDifferences?.length === 0),
    WAIT_MS,
  );
  const [executions, sent, now] = await Promise.all([
    api.executions(),
    sentBy(accounts, before),
    balancesOf(accounts),
  ]);
  const withOutcome = (wanted: string) => executions.filter(({ outcome }) => outcome === wanted);
  const executed = withOutcome("executed");
  const hashesOf = (those: readonly Opportunity[]) =>
    new Set(those.map(({ execution }) => execution?.transactionHash));
  const jobs = sent.filter(({ input }) => input !== "0x");
  const onChain = (isReverted: boolean) => jobs.filter((each) => each.isReverted === isReverted);
  expect(hashesOf(executed)).toEqual(new Set(onChain(false).map(({ hash }) => hash)));
  expect(hashesOf(withOutcome("reverted"))).toEqual(new Set(onChain(true).map(({ hash }) => hash)));
  expect(new Set(jobs.map(({ input }) => input)).size, "a job was included twice").toBe(jobs.length);
  expect(executed.length).toBe(onChain(false).length);
  await expectProfits(accounts.rpcUrl, executed);
  const profit = executed.reduce((sum, { execution }) => sum + BigInt(execution!.profit!), 0n);
  const gasWei = sent.reduce((sum, each) => sum + each.gasWei, 0n);
  expect(now.ownerToken - before.ownerToken).toBe(profit);
  expect(before.walletCoin - now.walletCoin).toBe(gasWei);
  return executed;
}
