import { UINT112_MAX } from "../arithmetic/uint.ts";
import { checkSwap, checkTokens } from "../checkSwap.ts";
import { poolErrors } from "../errors.ts";
import type { Pool, PoolAddress, Stretch, Swapped, TokenAddress } from "../Pool.ts";
import { type CurvePoint, inputsUpTo, stretchesThrough } from "../stretchesThrough.ts";
import { complement, divideDown, divideUp, multiplyDown, multiplyUp, ONE } from "./fixedPoint.ts";
import { power } from "./logExpMath.ts";

export interface BalancerWeightedState {
  readonly address: PoolAddress;
  readonly vault: PoolAddress;
  readonly tokens: readonly TokenAddress[];
  readonly balances: readonly bigint[];
  readonly weights: readonly bigint[];
  readonly decimals: readonly number[];
  /** 18 decimals. */
  readonly fee: bigint;
  /** Pools since 2022 compute exponents 1, 2 and 4 by multiplication. */
  readonly hasExactPowers: boolean;
}

const SHARE_MAX = (3n * ONE) / 10n;
/** Bound of `power`'s relative error, 18 decimals. */
const POWER_ERROR = 10_000n;
const WEIGHT_MIN = ONE / 100n;

/**
 * Martinelli & Mushegian, "A non-custodial portfolio manager"; WeightedMath. Rate providers are not
 * supported.
 */
export class BalancerWeightedPool implements Pool {
  readonly kind = "balancer-weighted";
  readonly state: BalancerWeightedState;
  readonly #units: readonly bigint[];

  constructor(state: BalancerWeightedState) {
    checkState(state);
    this.state = state;
    this.#units = state.decimals.map((decimals) => 10n ** BigInt(18 - decimals));
  }

  get address(): PoolAddress {
    return this.state.address;
  }

  get tokens(): readonly TokenAddress[] {
    return this.state.tokens;
  }

  swapExactInput(tokenIn: number, tokenOut: number, amountIn: bigint): Swapped {
    checkSwap(this, tokenIn, tokenOut, amountIn);
    if (amountIn === 0n) return { amountIn, amountOut: 0n, after: this };
    const { fee } = this.state;
    const used = (amountIn - multiplyUp(amountIn, fee)) * this.#unit(tokenIn);
    const [balanceIn, balanceOut] = [this.#balance(tokenIn), this.#balance(tokenOut)];
    if (used > multiplyDown(balanceIn, SHARE_MAX)) throw this.#wouldRevert("MAX_IN_RATIO");
    const base = divideUp(balanceIn, balanceIn + used);
    const left = this.#powerUp(base, divideDown(this.#weight(tokenIn), this.#weight(tokenOut)));
    const amountOut = multiplyDown(balanceOut, complement(left)) / this.#unit(tokenOut);
    return this.#swapped(tokenIn, tokenOut, amountIn, amountOut);
  }

  swapExactOutput(tokenIn: number, tokenOut: number, amountOut: bigint): Swapped {
    checkSwap(this, tokenIn, tokenOut, amountOut);
    if (amountOut === 0n) return { amountIn: 0n, amountOut, after: this };
    const wanted = amountOut * this.#unit(tokenOut);
    const [balanceIn, balanceOut] = [this.#balance(tokenIn), this.#balance(tokenOut)];
    if (wanted > multiplyDown(balanceOut, SHARE_MAX)) throw this.#wouldRevert("MAX_OUT_RATIO");
    const base = divideUp(balanceOut, balanceOut - wanted);
    const grown = this.#powerUp(base, divideUp(this.#weight(tokenOut), this.#weight(tokenIn)));
    const used = multiplyUp(balanceIn, grown - ONE);
    const unit = this.#unit(tokenIn);
    const amountIn = divideUp((used + unit - 1n) / unit, complement(this.state.fee));
    return this.#swapped(tokenIn, tokenOut, amountIn, amountOut);
  }

  stretches(tokenIn: number, tokenOut: number): Iterable<Stretch> {
    checkTokens(this, tokenIn, tokenOut);
    return stretchesThrough(this.#points(tokenIn, tokenOut));
  }

  withBalances(balances: readonly bigint[]): BalancerWeightedPool {
    return new BalancerWeightedPool({ ...this.state, balances });
  }

  *#points(tokenIn: number, tokenOut: number): Iterable<CurvePoint> {
    const { balances, fee } = this.state;
    const [balanceIn, balanceOut] = [Number(balances[tokenIn]), Number(balances[tokenOut])];
    if (balanceIn === 0 || balanceOut === 0) return;
    const kept = 1 - Number(fee) / Number(ONE);
    const exponent = Number(this.#weight(tokenIn)) / Number(this.#weight(tokenOut));
    const limit = ((Number(SHARE_MAX) / Number(ONE)) * balanceIn) / kept;
    for (const amountIn of inputsUpTo(limit, balanceIn)) {
      const grown = balanceIn + kept * amountIn;
      const left = (balanceIn / grown) ** exponent;
      // Computing 1 − left would lose precision for small swaps.
      const amountOut = -balanceOut * Math.expm1(-exponent * Math.log1p((kept * amountIn) / balanceIn));
      yield { amountIn, amountOut, price: (balanceOut * exponent * kept * left) / grown };
    }
  }

  #powerUp(base: bigint, exponent: bigint): bigint {
    if (this.state.hasExactPowers) {
      if (exponent === ONE) return base;
      if (exponent === 2n * ONE) return multiplyUp(base, base);
      if (exponent === 4n * ONE) return multiplyUp(multiplyUp(base, base), multiplyUp(base, base));
    }
    const raw = power(base, exponent);
    if (raw === undefined) throw this.#wouldRevert("PRODUCT_OUT_OF_BOUNDS");
    return raw + multiplyUp(raw, POWER_ERROR) + 1n;
  }

  #balance(token: number): bigint {
    const balance = (this.state.balances[token] ?? 0n) * this.#unit(token);
    if (balance === 0n) throw this.#wouldRevert("ZERO_DIVISION");
    return balance;
  }

  #unit(token: number): bigint {
    return this.#units[token] ?? 1n;
  }

  #weight(token: number): bigint {
    return this.state.weights[token] ?? 0n;
  }

  #swapped(tokenIn: number, tokenOut: number, amountIn: bigint, amountOut: bigint): Swapped {
    const balances = [...this.state.balances];
    balances[tokenIn] = (balances[tokenIn] ?? 0n) + amountIn;
    balances[tokenOut] = (balances[tokenOut] ?? 0n) - amountOut;
    if ((balances[tokenIn] ?? 0n) > UINT112_MAX) throw this.#wouldRevert("BALANCE_TOTAL_OVERFLOW");
    return { amountIn, amountOut, after: this.withBalances(balances) };
  }

  #wouldRevert(reason: string) {
    return poolErrors.SWAP_WOULD_REVERT({ pool: this.address, reason });
  }
}

function checkState({ address, tokens, balances, weights, decimals, fee }: BalancerWeightedState): void {
  const isCounted = [balances, weights, decimals].every(({ length }) => length === tokens.length);
  const isWeighted =
    weights.every((weight) => weight >= WEIGHT_MIN) &&
    weights.reduce((sum, weight) => sum + weight, 0n) === ONE;
  const isScaled = decimals.every((places) => Number.isInteger(places) && places >= 0 && places <= 18);
  const isFilled = balances.every((balance) => balance >= 0n && balance <= UINT112_MAX);
  if (!isCounted || tokens.length < 2 || !isWeighted || !isScaled || !isFilled || fee < 0n || fee >= ONE)
    throw poolErrors.POOL_INVALID({
      pool: address,
      tokens: tokens.length,
      weights: weights.join(),
      decimals: decimals.join(),
      balances: balances.join(),
      fee,
    });
}
