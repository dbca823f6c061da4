import { bigintToBytes, concatBytes, type Log, type Random, type Scheduler, type Timer } from "@trellis/base";
import { createSender } from "@trellis/client";
import { MarketPair, MarketRouter } from "@trellis/contracts/market";
import { createLocalSigner, keccak256 } from "@trellis/crypto";
import { decodeFunctionResult, encodeFunctionData } from "viem/utils";
import { type DemoMarket, type MarketPool, TRADER_KEY } from "./demoMarket.ts";
import type { MarketPorts } from "./deployMarket.ts";
import { choosePool, nextTrade } from "./nextTrade.ts";

interface TraderPorts extends Omit<MarketPorts, "signal"> {
  readonly scheduler: Scheduler;
  readonly log: Log;
}

interface RunningTrader {
  stop(): Promise<void>;
}

const FEE_LIMIT_WEI = 10n ** 12n;
const SWAP_GAS = 300_000n;

/** Trades depend only on the trader's nonce and the reserves, so that a restarted devnet repeats them. */
export function runTrader(
  { pools, router }: DemoMarket,
  everyMs: number,
  { chainId, client, scheduler, log }: TraderPorts,
): RunningTrader {
  const signer = createLocalSigner(TRADER_KEY);
  const sender = createSender({ chainId, feeLimitWei: FEE_LIMIT_WEI }, { client, signer });
  let isStopped = false;
  let timer: Timer | undefined;
  let running: Promise<void> = Promise.resolve();

  async function trade(): Promise<void> {
    const [nonce, pending] = await Promise.all([
      client.nextNonce(sender.address, "latest"),
      client.nextNonce(sender.address, "pending"),
    ]);
    if (pending > nonce) return;
    const random = randomOf(nonce);
    const pool = choosePool(pools, random);
    const reserves = await reservesOf(pool);
    if (reserves === undefined) return;
    const { tokenIn, amountIn } = nextTrade(pool, reserves, random);
    const args = [pool.address, tokenIn, amountIn, 0n] as const;
    const data = encodeFunctionData({ abi: MarketRouter.abi, functionName: "swap", args });
    const { raw } = await sender.prepare({ to: router.address, data }, { nonce, gasLimit: SWAP_GAS });
    await client.send(raw);
    log.debug("trade.sent", { pool: pool.address, tokenIn, amountIn });
  }

  async function reservesOf({ address }: MarketPool): Promise<readonly [bigint, bigint] | undefined> {
    const head = await client.block("latest");
    const data = encodeFunctionData({ abi: MarketPair.abi, functionName: "getReserves" });
    const answer = head && (await client.call(address, data, head.hash));
    if (answer === undefined) return undefined;
    const [reserve0, reserve1] = decodeFunctionResult({
      abi: MarketPair.abi,
      functionName: "getReserves",
      data: answer,
    });
    return [reserve0, reserve1];
  }

  function wait(): void {
    timer = scheduler.after(everyMs, () => {
      running = trade()
        .catch((error: unknown) => log.debug("trade.failed", { reason: String(error) }))
        .then(() => (isStopped ? undefined : wait()));
    });
  }

  wait();
  return {
    async stop() {
      isStopped = true;
      timer?.cancel();
      await running;
    },
  };
}

const SEED = new TextEncoder().encode("trellis devnet: random trader");

export function randomOf(nonce: number): Random {
  let count = 0n;
  return {
    bytes(size) {
      count += 1n;
      return keccak256(concatBytes(SEED, bigintToBytes(BigInt(nonce), 8), bigintToBytes(count, 8))).subarray(
        0,
        size,
      );
    },
  };
}
