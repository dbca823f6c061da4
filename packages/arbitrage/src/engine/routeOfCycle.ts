import type { ChainBlock } from "@trellis/client";
import { HOPS_MAX, LENDERS, type Route, type RouteHop } from "@trellis/contracts/arbitrage";
import { BalancerWeightedPool } from "../pools/balancer/BalancerWeightedPool.ts";
import { CurveStablePool } from "../pools/curve/CurveStablePool.ts";
import { UniswapV2Pool } from "../pools/uniswapV2/UniswapV2Pool.ts";
import { UniswapV3Pool } from "../pools/uniswapV3/UniswapV3Pool.ts";
import type { CycleLeg } from "../sizing/CycleLeg.ts";
import type { SizedCycle } from "../sizing/sizeCycle.ts";

export interface RouteOptions {
  /** Blocks after the head that may include the trade, 1 to 255. */
  readonly windowBlocks: number;
  /** From the block's time to the deadline. */
  readonly lifetimeSeconds: number;
}

const MILLION = 1_000_000n;
const AMOUNT_LIMIT = 1n << 128n;

/** Undefined if the Arbitrageur cannot execute the cycle. [ARB-2, ARB-3] */
export function routeOfCycle(
  { legs, amounts, amountIn, profit }: SizedCycle,
  { height, hash, timeSeconds }: ChainBlock,
  { windowBlocks, lifetimeSeconds }: RouteOptions,
): Route | undefined {
  // A pair or v3 pool is locked until its swap ends.
  const hasPoolTwice = new Set(legs.map(({ pool }) => pool.address)).size < legs.length;
  const hops = legs.flatMap((leg) => hopOf(leg) ?? []);
  const isWhole = hops.length === legs.length && hops.length >= 2 && hops.length <= HOPS_MAX;
  if (hasPoolTwice || !isWhole || profit >= AMOUNT_LIMIT) return undefined;
  const lender = hops.findIndex(({ kind }) => LENDERS.has(kind));
  const lent = amounts[lender];
  if (lent === undefined || lent >= AMOUNT_LIMIT || amountIn >= AMOUNT_LIMIT) return undefined;
  return {
    anchor: { number: height, hash },
    windowBlocks,
    deadlineSeconds: timeSeconds + lifetimeSeconds,
    profitMin: profit,
    amountIn,
    hops,
    ...(lender > 0 && { lender: { place: lender, amountIn: lent } }),
  };
}

function hopOf({ pool, tokenIn, tokenOut }: CycleLeg): RouteHop | undefined {
  const token = pool.tokens[tokenIn];
  if (token === undefined) return undefined;
  const place = { pool: pool.address, tokenIn: token };
  const ofMany = { ...place, zeroForOne: false, feePpm: 0 };
  if (pool instanceof CurveStablePool) return { kind: "swapCurve", ...ofMany, coins: [tokenIn, tokenOut] };
  if (pool instanceof BalancerWeightedPool)
    return { kind: "swapBalancer", ...ofMany, holder: pool.state.vault };
  const hop = { ...place, zeroForOne: tokenIn === 0 };
  if (pool instanceof UniswapV3Pool) return { kind: "swapV3", ...hop, feePpm: 0 };
  if (!(pool instanceof UniswapV2Pool)) return undefined;
  const { numerator, denominator } = pool.fee;
  const isPpm = (numerator * MILLION) % denominator === 0n;
  return isPpm ? { kind: "swapV2", ...hop, feePpm: Number((numerator * MILLION) / denominator) } : undefined;
}
