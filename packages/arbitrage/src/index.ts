export { TokenGraph } from "./graph/TokenGraph.ts";
export { BalancerWeightedPool, type BalancerWeightedState } from "./pools/balancer/BalancerWeightedPool.ts";
export {
  type BookBlock,
  type BookChange,
  PoolBook,
  type PoolBookOptions,
  type StalePool,
} from "./pools/book/PoolBook.ts";
export {
  balancerWeightedFactory,
  type CreatedPool,
  type FactoryOptions,
  type PoolFactory,
  uniswapV2Factory,
  uniswapV3Factory,
} from "./pools/book/PoolFactory.ts";
export { type Refreshed, type RefreshOptions, refreshPools } from "./pools/book/refreshPools.ts";
export { type Sampled, type SampleOptions, samplePools } from "./pools/book/samplePools.ts";
export { CurveStablePool, type CurveStableState } from "./pools/curve/CurveStablePool.ts";
export { poolErrors } from "./pools/errors.ts";
export type { Pool, PoolAddress, Stretch, Swapped, TokenAddress } from "./pools/Pool.ts";
export {
  type BalancerWeightedIdentity,
  balancerWeightedSource,
} from "./pools/sources/balancerWeightedSource.ts";
export { curveStableSource } from "./pools/sources/curveStableSource.ts";
export type { LogEffect, PoolCaller, PoolLog, PoolSource, ReadOptions } from "./pools/sources/PoolSource.ts";
export type { UniswapV3Identity } from "./pools/sources/UniswapV3Identity.ts";
export { type UniswapV2Identity, uniswapV2Source } from "./pools/sources/uniswapV2Source.ts";
export { newUniswapV3Pool, uniswapV3Source } from "./pools/sources/uniswapV3Source.ts";
export {
  type PoolFee,
  UNISWAP_V2_FEE,
  UniswapV2Pool,
  type UniswapV2State,
} from "./pools/uniswapV2/UniswapV2Pool.ts";
export { amount0Between, amount1Between } from "./pools/uniswapV3/sqrtPriceMath.ts";
export { ALL_TICKS, type InitializedTick, type TickRange, TickTable } from "./pools/uniswapV3/TickTable.ts";
export {
  SQRT_RATIO_MAX,
  SQRT_RATIO_MIN,
  sqrtRatioToTick,
  TICK_MAX,
  TICK_MIN,
  tickToSqrtRatio,
} from "./pools/uniswapV3/tickMath.ts";
export {
  type PriceSwap,
  type PriceSwapped,
  TICK_SPACINGS,
  UniswapV3Pool,
  type UniswapV3State,
} from "./pools/uniswapV3/UniswapV3Pool.ts";
export {
  type Cap,
  type Cycle,
  rotateCycle,
  SCAN_OPTIONS,
  type Scan,
  type ScanOptions,
} from "./search/Cycle.ts";
export { scanAll } from "./search/scanAll.ts";
export { scanTouched } from "./search/scanTouched.ts";
export { type CycleLeg, legsOfCycle } from "./sizing/CycleLeg.ts";
export { isOutOfReach, simulateCycle } from "./sizing/simulateCycle.ts";
export { type SizedCycle, type SizingOptions, sizeCycle } from "./sizing/sizeCycle.ts";
