import { INT256_MAX, UINT128_MAX } from "../arithmetic/uint.ts";
import { checkSwap, checkTokens } from "../checkSwap.ts";
import { poolErrors } from "../errors.ts";
import type { Pool, PoolAddress, Stretch, Swapped, TokenAddress } from "../Pool.ts";
import { stretchesOf } from "./stretchesOf.ts";
import { FEE_UNITS } from "./swapStep.ts";
import { HIGHEST_LIMIT, LOWEST_LIMIT, type PricePoint, swapThroughTicks } from "./swapThroughTicks.ts";
import type { TickTable } from "./TickTable.ts";
import { SQRT_RATIO_MAX, SQRT_RATIO_MIN, TICK_MAX, TICK_MIN, tickToSqrtRatio } from "./tickMath.ts";

/** By fee in millionths. */
export const TICK_SPACINGS: Readonly<Record<number, number>> = { 100: 1, 500: 10, 3000: 60, 10000: 200 };

export interface UniswapV3State extends PricePoint {
  readonly address: PoolAddress;
  readonly tokens: readonly [TokenAddress, TokenAddress];
  /** Millionths of the input. */
  readonly fee: number;
  readonly ticks: TickTable;
}

export interface PriceSwap {
  readonly isZeroForOne: boolean;
  /** Positive: input, fee included; negative: output. */
  readonly amountSpecified: bigint;
  readonly sqrtPriceLimitX96?: bigint;
}

export interface PriceSwapped {
  readonly amountIn: bigint;
  readonly amountOut: bigint;
  /** Per unit of liquidity, Q128.128, ignoring protocol fees. */
  readonly feeGrowthX128: bigint;
  readonly after: UniswapV3Pool;
}

/** Uniswap v3 Core. Price 0 means not initialized. */
export class UniswapV3Pool implements Pool {
  readonly kind = "uniswap-v3";
  readonly #state: UniswapV3State;

  private constructor(state: UniswapV3State) {
    this.#state = state;
  }

  static of(state: UniswapV3State): UniswapV3Pool {
    checkState(state);
    return new UniswapV3Pool(state);
  }

  get address(): PoolAddress {
    return this.#state.address;
  }

  get tokens(): readonly [TokenAddress, TokenAddress] {
    return this.#state.tokens;
  }

  get state(): UniswapV3State {
    return this.#state;
  }

  swapExactInput(tokenIn: number, tokenOut: number, amountIn: bigint): Swapped {
    checkSwap(this, tokenIn, tokenOut, amountIn);
    if (amountIn === 0n) return { amountIn, amountOut: 0n, after: this };
    return this.swap({ isZeroForOne: tokenIn === 0, amountSpecified: amountIn });
  }

  swapExactOutput(tokenIn: number, tokenOut: number, amountOut: bigint): Swapped {
    checkSwap(this, tokenIn, tokenOut, amountOut);
    if (amountOut === 0n) return { amountIn: 0n, amountOut, after: this };
    return this.swap({ isZeroForOne: tokenIn === 0, amountSpecified: -amountOut });
  }

  /** @throws SWAP_INVALID, SWAP_WOULD_REVERT, TICKS_UNKNOWN */
  swap({ isZeroForOne, amountSpecified, sqrtPriceLimitX96 }: PriceSwap): PriceSwapped {
    const limit = sqrtPriceLimitX96 ?? (isZeroForOne ? LOWEST_LIMIT : HIGHEST_LIMIT);
    this.#checkLimit(isZeroForOne, limit);
    if (amountSpecified === 0n) throw this.#wouldRevert("AS");
    if (amountSpecified > INT256_MAX || amountSpecified < -INT256_MAX)
      throw poolErrors.SWAP_INVALID({ pool: this.address, amountSpecified });
    const { amountIn, amountOut, feeGrowthX128, end } = swapThroughTicks(this.#state, this.#state.ticks, {
      isZeroForOne,
      amountSpecified,
      sqrtPriceLimitX96: limit,
      feeUnits: BigInt(this.#state.fee),
    });
    return { amountIn, amountOut, feeGrowthX128, after: new UniswapV3Pool({ ...this.#state, ...end }) };
  }

  stretches(tokenIn: number, tokenOut: number): Iterable<Stretch> {
    checkTokens(this, tokenIn, tokenOut);
    return stretchesOf(this.#state, this.#state.ticks, this.#state.fee, tokenIn === 0);
  }

  #checkLimit(isZeroForOne: boolean, limit: bigint): void {
    const price = this.#state.sqrtPriceX96;
    if (price === 0n) throw this.#wouldRevert("LOK");
    const isReachable = isZeroForOne
      ? limit < price && limit >= LOWEST_LIMIT
      : limit > price && limit <= HIGHEST_LIMIT;
    if (!isReachable) throw this.#wouldRevert("SPL");
  }

  #wouldRevert(reason: string) {
    return poolErrors.SWAP_WOULD_REVERT({ pool: this.address, reason });
  }
}

function checkState({ address, fee, sqrtPriceX96, tick, liquidity }: UniswapV3State): void {
  const facts = { pool: address, fee, sqrtPriceX96, tick, liquidity };
  const isFee = Number.isInteger(fee) && fee >= 0 && BigInt(fee) < FEE_UNITS;
  if (!isFee || liquidity < 0n || liquidity > UINT128_MAX) throw poolErrors.POOL_INVALID(facts);
  if (sqrtPriceX96 !== 0n && !isAtTick(sqrtPriceX96, tick)) throw poolErrors.POOL_INVALID(facts);
}

/** A price exactly at a tick may also belong to the range below. */
function isAtTick(price: bigint, tick: number): boolean {
  if (price < SQRT_RATIO_MIN || price >= SQRT_RATIO_MAX) return false;
  if (!Number.isInteger(tick) || tick < TICK_MIN || tick >= TICK_MAX) return false;
  return tickToSqrtRatio(tick) <= price && price <= tickToSqrtRatio(tick + 1);
}
