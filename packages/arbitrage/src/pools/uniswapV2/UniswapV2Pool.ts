import { divideUp, UINT112_MAX } from "../arithmetic/uint.ts";
import { checkSwap, checkTokens } from "../checkSwap.ts";
import { poolErrors } from "../errors.ts";
import type { Pool, PoolAddress, Stretch, Swapped, TokenAddress } from "../Pool.ts";

/** Share of the input: 3/1000 for Uniswap v2, 25/10000 for PancakeSwap v2. */
export interface PoolFee {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export const UNISWAP_V2_FEE: PoolFee = { numerator: 3n, denominator: 1000n };

export interface UniswapV2State {
  readonly address: PoolAddress;
  readonly tokens: readonly [TokenAddress, TokenAddress];
  readonly fee: PoolFee;
  readonly reserves: readonly [bigint, bigint];
}

/** Uniswap v2 Core, section 3.2.1. Outputs are the greatest, inputs the least that the contract accepts. */
export class UniswapV2Pool implements Pool {
  readonly kind = "uniswap-v2";
  readonly address: PoolAddress;
  readonly tokens: readonly [TokenAddress, TokenAddress];
  readonly fee: PoolFee;
  readonly reserves: readonly [bigint, bigint];

  constructor({ address, tokens, fee, reserves }: UniswapV2State) {
    this.address = address;
    this.tokens = tokens;
    this.fee = fee;
    this.reserves = reserves;
    const isFee = fee.numerator >= 0n && fee.numerator < fee.denominator;
    if (!isFee) throw poolErrors.POOL_INVALID({ pool: address, fee: `${fee.numerator}/${fee.denominator}` });
    if (!reserves.every((reserve) => reserve >= 0n && reserve <= UINT112_MAX))
      throw poolErrors.POOL_INVALID({ pool: address, reserve0: reserves[0], reserve1: reserves[1] });
  }

  swapExactInput(tokenIn: number, tokenOut: number, amountIn: bigint): Swapped {
    checkSwap(this, tokenIn, tokenOut, amountIn);
    if (amountIn === 0n) return { amountIn, amountOut: 0n, after: this };
    const [reserveIn, reserveOut] = this.#reservesFrom(tokenIn);
    const { numerator, denominator } = this.fee;
    const used = amountIn * (denominator - numerator);
    const amountOut = (used * reserveOut) / (reserveIn * denominator + used);
    return this.#swapped(tokenIn, amountIn, amountOut);
  }

  /** @throws SWAP_INVALID; SWAP_WOULD_REVERT unless the reserve exceeds `amountOut` */
  swapExactOutput(tokenIn: number, tokenOut: number, amountOut: bigint): Swapped {
    checkSwap(this, tokenIn, tokenOut, amountOut);
    if (amountOut === 0n) return { amountIn: 0n, amountOut, after: this };
    const [reserveIn, reserveOut] = this.#reservesFrom(tokenIn);
    if (amountOut >= reserveOut) throw this.#wouldRevert("INSUFFICIENT_LIQUIDITY");
    const { numerator, denominator } = this.fee;
    const amountIn = divideUp(
      reserveIn * amountOut * denominator,
      (reserveOut - amountOut) * (denominator - numerator),
    );
    return this.#swapped(tokenIn, amountIn, amountOut);
  }

  *stretches(tokenIn: number, tokenOut: number): Iterable<Stretch> {
    checkTokens(this, tokenIn, tokenOut);
    const [reserveIn, reserveOut] = this.#reservesFrom(tokenIn);
    if (reserveIn === 0n || reserveOut === 0n) return;
    const fee = Number(this.fee.numerator) / Number(this.fee.denominator);
    yield {
      reserveIn: Number(reserveIn),
      reserveOut: Number(reserveOut),
      fee,
      inputMax: Number.POSITIVE_INFINITY,
    };
  }

  withReserves(reserves: readonly [bigint, bigint]): UniswapV2Pool {
    return new UniswapV2Pool({ address: this.address, tokens: this.tokens, fee: this.fee, reserves });
  }

  #reservesFrom(tokenIn: number): [bigint, bigint] {
    const [reserve0, reserve1] = this.reserves;
    return tokenIn === 0 ? [reserve0, reserve1] : [reserve1, reserve0];
  }

  #swapped(tokenIn: number, amountIn: bigint, amountOut: bigint): Swapped {
    const [reserveIn, reserveOut] = this.#reservesFrom(tokenIn);
    if (reserveIn === 0n || reserveOut === 0n) throw this.#wouldRevert("INSUFFICIENT_LIQUIDITY");
    const after: [bigint, bigint] = [reserveIn + amountIn, reserveOut - amountOut];
    if (after[0] > UINT112_MAX) throw this.#wouldRevert("OVERFLOW");
    return { amountIn, amountOut, after: this.withReserves(tokenIn === 0 ? after : [after[1], after[0]]) };
  }

  #wouldRevert(reason: string) {
    return poolErrors.SWAP_WOULD_REVERT({ pool: this.address, reason });
  }
}
