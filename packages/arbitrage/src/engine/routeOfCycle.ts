import type { ChainBlock } from "@trellis/client";
import { HOPS_MAX, type Route, type RouteHop } from "@trellis/contracts/arbitrage";
import { UniswapV2Pool } from "../pools/uniswapV2/UniswapV2Pool.ts";
import { UniswapV3Pool } from "../pools/uniswapV3/UniswapV3Pool.ts";
import type { CycleLeg } from "../sizing/CycleLeg.ts";
import type { SizedCycle } from "../sizing/sizeCycle.ts";

export interface RouteTerms {
  /** How many blocks after the one in whose state it was found may include it, 1 to 255. */
  readonly windowBlocks: number;
  /** How long after that block's time it may be included. */
  readonly lifetimeSeconds: number;
}

const MILLION = 1_000_000n;
const AMOUNT_LIMIT = 1n << 128n;

/** What the Arbitrageur executes for a cycle; undefined for one that it cannot. [ARB-2, ARB-3] */
export function routeOfCycle(
  { legs, amountIn, profit }: SizedCycle,
  { height, hash, timeSeconds }: ChainBlock,
  { windowBlocks, lifetimeSeconds }: RouteTerms,
): Route | undefined {
  // A pool that lends, or was swapped at, is locked until its own swap ends.
  const hasPoolTwice = new Set(legs.map(({ pool }) => pool.address)).size < legs.length;
  const hops = legs.flatMap((leg) => hopOf(leg) ?? []);
  const isWhole = hops.length === legs.length && hops.length >= 2 && hops.length <= HOPS_MAX;
  if (hasPoolTwice || !isWhole || amountIn >= AMOUNT_LIMIT || profit >= AMOUNT_LIMIT) return undefined;
  return {
    anchor: { number: height, hash },
    windowBlocks,
    deadlineSeconds: timeSeconds + lifetimeSeconds,
    profitMin: profit,
    amountIn,
    hops,
  };
}

function hopOf({ pool, tokenIn }: CycleLeg): RouteHop | undefined {
  const token = pool.tokens[tokenIn];
  if (token === undefined) return undefined;
  const hop = { pool: pool.address, tokenIn: token, zeroForOne: tokenIn === 0 };
  if (pool instanceof UniswapV3Pool) return { kind: "swapV3", ...hop, feePpm: 0 };
  if (!(pool instanceof UniswapV2Pool)) return undefined;
  const { numerator, denominator } = pool.fee;
  const isPpm = (numerator * MILLION) % denominator === 0n;
  return isPpm ? { kind: "swapV2", ...hop, feePpm: Number((numerator * MILLION) / denominator) } : undefined;
}
