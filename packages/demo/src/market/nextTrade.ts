import { bytesToBigint, type Hex, type Random } from "@trellis/base";
import type { MarketPool } from "./demoMarket.ts";

interface RandomTrade {
  readonly pool: Hex;
  readonly tokenIn: Hex;
  /** Base units. */
  readonly amountIn: bigint;
}

const MILLION = 1_000_000n;
/** Of what the pool has of what is paid in, in millionths: it moves the price by about twice as much. */
const SHARE_MIN = 5_000n;
const SHARE_MAX = 30_000n;
/** Further from the fair price than this, in millionths, it goes back: a market that nobody arbitrages stays sane. */
const DEVIATION_MAX = 50_000n;
const RANDOM_BYTES = 8;

/** Which of the pools is traded at next. */
export function choosePool(pools: readonly MarketPool[], random: Random): MarketPool {
  return pools[Number(below(BigInt(pools.length), random))]!;
}

/** What somebody without a reason does at a pool. @param reserves as they are now */
export function nextTrade(
  { address, tokens, amounts }: MarketPool,
  reserves: readonly [bigint, bigint],
  random: Random,
): RandomTrade {
  // More of the first token than there should be: it is cheap.
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
