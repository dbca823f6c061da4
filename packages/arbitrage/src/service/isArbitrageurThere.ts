import { isTrellisError } from "@trellis/base";
import { Arbitrageur } from "@trellis/contracts/arbitrage";
import { type Abi, encodeFunctionData } from "viem";
import type { EngineOptions } from "../engine/index.ts";
import type { Market } from "./openMarket.ts";

const NO_CODE = "0x";

/** After this many unknown heads, the cause is not a reorganisation. */
const HEADS_MAX = 8;

/** True if the contract exists and accepts the wallet. */
export async function isArbitrageurThere(
  accounts: Pick<EngineOptions, "arbitrageur" | "executor">,
  market: Pick<Market, "client">,
  height?: number,
): Promise<boolean> {
  for (let head = 1; ; head += 1) {
    try {
      return await isThereAt(accounts, market, height);
    } catch (error) {
      if (!isTrellisError(error, "NODE_BLOCK_UNKNOWN") || head === HEADS_MAX) throw error;
    }
  }
}

async function isThereAt(
  { arbitrageur, executor }: Pick<EngineOptions, "arbitrageur" | "executor">,
  { client }: Pick<Market, "client">,
  height?: number,
): Promise<boolean> {
  const block = await client.block(height ?? "latest");
  if (block === undefined || (await client.code(arbitrageur, block.hash)) === NO_CODE) return false;
  const isExecutor = encodeFunctionData({
    abi: Arbitrageur.abi as Abi,
    functionName: "isExecutor",
    args: [executor],
  });
  return BigInt((await client.call(arbitrageur, isExecutor, block.hash)) ?? 0n) === 1n;
}
