import type { Hex } from "@trellis/base";
import { poolErrors } from "../errors.ts";
import type { Pool } from "../Pool.ts";
import { TickTable } from "../uniswapV3/TickTable.ts";
import { UniswapV3Pool } from "../uniswapV3/UniswapV3Pool.ts";
import { signed, topicOf, wordsOf } from "./abi.ts";
import type { LogEffect, PoolLog, PoolSource } from "./PoolSource.ts";
import { readV3Pool } from "./readV3Pool.ts";
import type { UniswapV3Identity } from "./UniswapV3Identity.ts";

const INITIALIZE: Hex = topicOf("Initialize(uint160,int24)");
const SWAP: Hex = topicOf("Swap(address,address,int256,int256,uint160,uint128,int24)");
const MINT: Hex = topicOf("Mint(address,address,int24,int24,uint128,uint256,uint256)");
const BURN: Hex = topicOf("Burn(address,int24,int24,uint128,uint256,uint256)");

/** Logs contain prices and position changes: no read is needed. */
export function uniswapV3Source(identity: UniswapV3Identity): PoolSource {
  const { address, tokens } = identity;
  return {
    kind: "uniswap-v3",
    address,
    tokens,
    emitters: [address],
    isAbout: (log) => log.address === address,
    applyLog: (pool, log) => applyLog(poolOf(pool), log),
    read: (caller, options) => readV3Pool(identity, caller, options),
    differenceOf: (kept, read) => differenceOf(poolOf(kept), poolOf(read)),
  };
}

/** State before `initialize`. */
export function newUniswapV3Pool({ address, tokens, fee, tickSpacing }: UniswapV3Identity): UniswapV3Pool {
  const ticks = new TickTable(tickSpacing, []);
  return UniswapV3Pool.of({ address, tokens, fee, sqrtPriceX96: 0n, tick: 0, liquidity: 0n, ticks });
}

function applyLog(pool: UniswapV3Pool, { topics, data }: PoolLog): LogEffect {
  const words = wordsOf(data);
  switch (topics[0]) {
    case INITIALIZE:
      return initialized(pool, words);
    case SWAP:
      return swapped(pool, words);
    case MINT:
      return withPosition(pool, topics, words[1]);
    case BURN:
      return withPosition(pool, topics, words[0] === undefined ? undefined : -words[0]);
    default:
      return undefined;
  }
}

function initialized(pool: UniswapV3Pool, [sqrtPriceX96, tick]: readonly bigint[]): UniswapV3Pool {
  if (sqrtPriceX96 === undefined || tick === undefined || pool.state.sqrtPriceX96 !== 0n)
    throw invalid(pool, "Initialize");
  return UniswapV3Pool.of({ ...pool.state, sqrtPriceX96, tick: Number(signed(tick)) });
}

/** The logged liquidity must match the crossed ticks. */
function swapped(pool: UniswapV3Pool, [, , sqrtPriceX96, liquidity, tickWord]: readonly bigint[]): LogEffect {
  if (sqrtPriceX96 === undefined || liquidity === undefined || tickWord === undefined)
    throw invalid(pool, "Swap");
  const { state } = pool;
  const tick = Number(signed(tickWord));
  const { lowest, highest } = state.ticks.known;
  if (tick < lowest || tick > highest) return "reread";
  if (liquidity !== state.liquidity + state.ticks.netBetween(state.tick, tick))
    throw invalid(pool, "Swap", { liquidity, tick });
  return UniswapV3Pool.of({ ...state, sqrtPriceX96, liquidity, tick });
}

function withPosition(pool: UniswapV3Pool, topics: readonly Hex[], delta: bigint | undefined): LogEffect {
  const [lower, upper] = [topics[2], topics[3]].map((topic) =>
    topic === undefined ? Number.NaN : Number(signed(BigInt(topic))),
  );
  if (delta === undefined || lower === undefined || upper === undefined || !(lower < upper))
    throw invalid(pool, "Mint or Burn");
  // Owners burn 0 liquidity to collect fees.
  if (delta === 0n) return undefined;
  const { state } = pool;
  const isInRange = lower <= state.tick && state.tick < upper && state.sqrtPriceX96 !== 0n;
  return UniswapV3Pool.of({
    ...state,
    liquidity: isInRange ? state.liquidity + delta : state.liquidity,
    ticks: state.ticks.withPosition(lower, upper, delta),
  });
}

function invalid(pool: UniswapV3Pool, event: string, facts: Readonly<Record<string, bigint | number>> = {}) {
  return poolErrors.POOL_LOG_INVALID({ pool: pool.address, event, ...facts });
}

function differenceOf({ state: kept }: UniswapV3Pool, { state: read }: UniswapV3Pool): string | undefined {
  for (const key of ["sqrtPriceX96", "tick", "liquidity"] as const)
    if (kept[key] !== read[key]) return `${key} ${kept[key]}, the contract has ${read[key]}`;
  const lowest = Math.max(kept.ticks.known.lowest, read.ticks.known.lowest);
  const highest = Math.min(kept.ticks.known.highest, read.ticks.known.highest);
  const within = ({ ticks }: { readonly ticks: TickTable }) =>
    [...ticks.entries()]
      .filter(({ tick }) => tick >= lowest && tick <= highest)
      .map(({ tick, liquidityGross, liquidityNet }) => `${tick}:${liquidityGross}:${liquidityNet}`);
  const [mine, theirs] = [within(kept), within(read)];
  const place = mine.findIndex((tick, at) => tick !== theirs[at]);
  if (place >= 0) return `tick ${mine[place]}, the contract has ${theirs[place]}`;
  return theirs.length > mine.length ? `no tick ${theirs[mine.length]}` : undefined;
}

function poolOf(pool: Pool): UniswapV3Pool {
  if (pool instanceof UniswapV3Pool) return pool;
  throw poolErrors.POOL_INVALID({ pool: pool.address, kind: pool.kind });
}
