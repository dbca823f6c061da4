import { bytesToBigint, type Hex, type Random } from "@trellis/base";
import type { MarketPool } from "./demoMarket.ts";

interface RandomTrade {
  readonly pool: Hex;
  readonly tokenIn: Hex;
  readonly amountIn: bigint;
}

const MILLION = 1_000_000n;
/** Millionths of the input token's reserve. A trade moves the price by about twice its share. */
const SHARE_MIN = 5_000n;
const SHARE_MAX = 30_000n;
/** Beyond this deviation, in millionths, trades move the price back. */
const DEVIATION_MAX = 50_000n;
const RANDOM_BYTES = 8;

export function choosePool(pools: readonly MarketPool[], random: Random): MarketPool {
  return pools[Number(below(BigInt(pools.length), random))]!;
}

export function nextTrade(
  { address, tokens, amounts }: MarketPool,
  reserves: readonly [bigint, bigint],
  random: Random,
): RandomTrade {
  const deviation = (reserves[0] * amounts[1] * MILLION) / (reserves[1] * amounts[0]) - MILLION;
  const isFar = deviation > DEVIATION_MAX || deviation < -DEVIATION_MAX;
  const choice = below(2n, random) === 0n;
  const isFirstIn = isFar ? deviation < 0n : choice;
  const share = SHARE_MIN + below(SHARE_MAX - SHARE_MIN, random);
  const place = isFirstIn ? 0 : 1;
  return {
    pool: address,
    tokenIn: tokens[place].address,
    amountIn: (reserves[place] * share) / MILLION,
  };
}

function below(limit: bigint, random: Random): bigint {
  return bytesToBigint(random.bytes(RANDOM_BYTES)) % limit;
}
