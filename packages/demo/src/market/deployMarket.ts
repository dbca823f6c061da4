import { setTimeout as delay } from "node:timers/promises";
import type { Hex } from "@trellis/base";
import { type Call, type ChainClient, clientErrors, createSender, type Sender } from "@trellis/client";
import { Arbitrageur, arbitrageurAddress, arbitrageurDeployment } from "@trellis/contracts/arbitrage";
import { DemoToken, MarketPair, MarketRouter, WrappedCoin } from "@trellis/contracts/market";
import { createLocalSigner } from "@trellis/crypto";
import type { Abi } from "viem";
import { decodeFunctionResult, encodeFunctionData } from "viem/utils";
import { type DemoMarket, OWNER, OWNER_KEY, TRADER, TRADER_KEY, WALLET } from "./demoMarket.ts";

export interface MarketPorts {
  readonly chainId: number;
  readonly client: ChainClient;
  readonly signal: AbortSignal;
}

const WRAPPED_WEI = 80_000n * 10n ** 18n;
const EVERYTHING = 2n ** 256n - 1n;
const LOOK_MS = 100;
const FEE_LIMIT_WEI = 10n ** 12n;

interface Step {
  readonly sender: Sender;
  readonly call: Call;
  isDone(): Promise<boolean>;
}

/** Skips finished steps. @throws TRANSACTION_WOULD_REVERT and error codes of the client */
export async function deployMarket(market: DemoMarket, ports: MarketPorts): Promise<void> {
  for (const steps of stages(market, ports)) {
    const waiting: Step[] = [];
    for (const step of steps) {
      if (await step.isDone()) continue;
      await step.sender.send(step.call);
      waiting.push(step);
    }
    for (const step of waiting)
      while (!(await step.isDone())) await delay(LOOK_MS, undefined, { signal: ports.signal });
  }
}

function stages(market: DemoMarket, { chainId, client }: MarketPorts): readonly (readonly Step[])[] {
  const { coin, tokens, factories, router, pools } = market;
  const senderOf = (key: Uint8Array): Sender =>
    createSender({ chainId, feeLimitWei: FEE_LIMIT_WEI }, { client, signer: createLocalSigner(key) });
  const [trader, owner] = [senderOf(TRADER_KEY), senderOf(OWNER_KEY)];
  const isThere = async (address: Hex): Promise<boolean> =>
    (await client.code(address, await headOf(client))) !== "0x";
  const read = async (to: Hex, abi: Abi, functionName: string, args: readonly unknown[] = []) => {
    const data = encodeFunctionData({ abi, functionName, args });
    const answer = await client.call(to, data, await headOf(client));
    return decodeFunctionResult({ abi, functionName, data: answer ?? "0x" }) as unknown;
  };
  const call = (to: Hex, abi: Abi, functionName: string, args: readonly unknown[] = []): Call => ({
    to,
    data: encodeFunctionData({ abi, functionName, args }),
  });
  const arbitrageur = arbitrageurAddress(OWNER);
  const contracts = [
    ...[...tokens, ...factories, router],
    { address: arbitrageur, deployment: arbitrageurDeployment(OWNER) },
  ];
  const deployed = contracts.map(
    ({ address, deployment }): Step => ({ sender: trader, call: deployment, isDone: () => isThere(address) }),
  );
  const allowed = tokens.map(
    ({ address }): Step => ({
      sender: trader,
      call: call(address, DemoToken.abi, "approve", [router.address, EVERYTHING]),
      isDone: async () => (await read(address, DemoToken.abi, "allowance", [TRADER, router.address])) !== 0n,
    }),
  );
  const wrapped: Step = {
    sender: trader,
    call: { ...call(coin.address, WrappedCoin.abi, "deposit"), valueWei: WRAPPED_WEI },
    isDone: async () => (await read(coin.address, WrappedCoin.abi, "totalSupply")) !== 0n,
  };
  const obeying: Step = {
    sender: owner,
    call: call(arbitrageur, Arbitrageur.abi, "setExecutor", [WALLET, true]),
    isDone: async () => (await read(arbitrageur, Arbitrageur.abi, "isExecutor", [WALLET])) === true,
  };
  const filled = pools.map(
    ({ address, factory, tokens: [a, b], amounts: [amountA, amountB] }): Step => ({
      sender: trader,
      call: call(router.address, MarketRouter.abi, "addLiquidity", [
        ...[factory, a.address, amountA],
        ...[b.address, amountB],
      ]),
      isDone: async () =>
        (await isThere(address)) && (await read(address, MarketPair.abi, "totalSupply")) !== 0n,
    }),
  );
  return [deployed, [wrapped, ...allowed, obeying], filled];
}

async function headOf(client: ChainClient): Promise<Hex> {
  const head = await client.block("latest");
  if (head === undefined) throw clientErrors.NODE_BLOCK_UNKNOWN({ node: client.name });
  return head.hash;
}
