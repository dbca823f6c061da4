import { divideUp } from "../arithmetic/uint.ts";
import { checkSwap, checkTokens } from "../checkSwap.ts";
import { poolErrors } from "../errors.ts";
import type { Pool, PoolAddress, Stretch, Swapped, TokenAddress } from "../Pool.ts";
import { stretchesThrough } from "../stretchesThrough.ts";
import { leastInput } from "./leastInput.ts";
import { pointsOfStableCurve } from "./pointsOfStableCurve.ts";
import { balanceKeeping, invariantOf } from "./stableInvariant.ts";

export interface CurveStableState {
  readonly address: PoolAddress;
  readonly tokens: readonly TokenAddress[];
  readonly balances: readonly bigint[];
  /** 10^(36 − decimals), times the rate of an interest-bearing token. */
  readonly rates: readonly bigint[];
  /** `A_precise` if available, else `A`. */
  readonly amplification: bigint;
  /** 100 for `A_precise`, otherwise 1. */
  readonly amplificationPrecision: bigint;
  /** Share of the output, in units of 10⁻¹⁰. */
  readonly fee: bigint;
  /** Share of the fee, in units of 10⁻¹⁰. */
  readonly adminFee: bigint;
  readonly isRamping?: true;
}

const RATE_UNIT = 10n ** 18n;
const FEE_UNIT = 10n ** 10n;
const BALANCE_MAX = 1n << 128n;
const TOKENS_MAX = 8;

/**
 * Dynamic fees are not supported. Outputs equal `exchange`; `get_dy` of the oldest pools differs by one.
 */
export class CurveStablePool implements Pool {
  readonly kind = "curve-stable";
  readonly state: CurveStableState;
  readonly #scaled: readonly bigint[];
  #invariant: bigint | undefined;

  constructor(state: CurveStableState) {
    checkState(state);
    this.state = state;
    this.#scaled = state.balances.map((balance, token) => (balance * this.#rate(token)) / RATE_UNIT);
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
    const { amountOut, adminFee } = this.#exchange(tokenIn, tokenOut, amountIn);
    const balances = [...this.state.balances];
    balances[tokenIn] = (balances[tokenIn] ?? 0n) + amountIn;
    balances[tokenOut] = (balances[tokenOut] ?? 0n) - amountOut - adminFee;
    return { amountIn, amountOut, after: this.withBalances(balances) };
  }

  /** The output may exceed `amountOut`. */
  swapExactOutput(tokenIn: number, tokenOut: number, amountOut: bigint): Swapped {
    checkSwap(this, tokenIn, tokenOut, amountOut);
    if (amountOut === 0n) return { amountIn: 0n, amountOut, after: this };
    const estimate = this.#inputFor(tokenIn, tokenOut, amountOut);
    const outputOf = (amountIn: bigint) => this.#exchange(tokenIn, tokenOut, amountIn).amountOut;
    const amountIn = leastInput(outputOf, amountOut, estimate);
    if (amountIn === undefined) throw this.#wouldRevert("not that much in the pool");
    return this.swapExactInput(tokenIn, tokenOut, amountIn);
  }

  stretches(tokenIn: number, tokenOut: number): Iterable<Stretch> {
    checkTokens(this, tokenIn, tokenOut);
    if (this.#scaled.some((balance) => balance === 0n)) return [];
    const { amplification, amplificationPrecision, fee } = this.state;
    return stretchesThrough(
      pointsOfStableCurve({
        balances: this.#scaled.map(Number),
        invariant: Number(this.#d()),
        ann: (Number(amplification) * this.tokens.length) / Number(amplificationPrecision),
        tokenIn,
        tokenOut,
        unitIn: Number(this.#rate(tokenIn)) / Number(RATE_UNIT),
        unitOut: Number(this.#rate(tokenOut)) / Number(RATE_UNIT),
        kept: 1 - Number(fee) / Number(FEE_UNIT),
      }),
    );
  }

  withBalances(balances: readonly bigint[]): CurveStablePool {
    return new CurveStablePool({ ...this.state, balances });
  }

  #exchange(tokenIn: number, tokenOut: number, amountIn: bigint) {
    const { fee, adminFee } = this.state;
    const scaled = [...this.#scaled];
    scaled[tokenIn] = (scaled[tokenIn] ?? 0n) + (amountIn * this.#rate(tokenIn)) / RATE_UNIT;
    if ((this.state.balances[tokenIn] ?? 0n) + amountIn > BALANCE_MAX) throw this.#wouldRevert("overflow");
    const left = this.#balanceKeeping(tokenOut, scaled);
    // The contract subtracts a unit, because Newton's method may stop early.
    const gross = (scaled[tokenOut] ?? 0n) - left - 1n;
    if (gross < 0n) throw this.#wouldRevert("underflow");
    const feeOfGross = (gross * fee) / FEE_UNIT;
    const rate = this.#rate(tokenOut);
    return {
      amountOut: ((gross - feeOfGross) * RATE_UNIT) / rate,
      adminFee: (((feeOfGross * adminFee) / FEE_UNIT) * RATE_UNIT) / rate,
    };
  }

  #inputFor(tokenIn: number, tokenOut: number, amountOut: bigint): bigint {
    const net = divideUp(amountOut * this.#rate(tokenOut), RATE_UNIT);
    const gross = divideUp(net * FEE_UNIT, FEE_UNIT - this.state.fee);
    const left = (this.#scaled[tokenOut] ?? 0n) - gross - 1n;
    if (left <= 0n) throw this.#wouldRevert("not that much in the pool");
    const scaled = this.#scaled.with(tokenOut, left);
    const added = this.#balanceKeeping(tokenIn, scaled) - (this.#scaled[tokenIn] ?? 0n);
    return added <= 0n ? 1n : divideUp(added * RATE_UNIT, this.#rate(tokenIn));
  }

  #balanceKeeping(token: number, scaled: readonly bigint[]): bigint {
    const { amplification, amplificationPrecision } = this.state;
    const balance = balanceKeeping(this.#d(), token, scaled, amplification, amplificationPrecision);
    if (balance === undefined) throw this.#wouldRevert("no convergence");
    return balance;
  }

  #d(): bigint {
    const { amplification, amplificationPrecision } = this.state;
    this.#invariant ??= invariantOf(this.#scaled, amplification, amplificationPrecision);
    if (this.#invariant === undefined) throw this.#wouldRevert("no invariant");
    return this.#invariant;
  }

  #rate(token: number): bigint {
    return this.state.rates[token] ?? 0n;
  }

  #wouldRevert(reason: string) {
    return poolErrors.SWAP_WOULD_REVERT({ pool: this.address, reason });
  }
}

function checkState(state: CurveStableState): void {
  const { address, tokens, balances, rates, amplification, amplificationPrecision, fee, adminFee } = state;
  const isCounted = balances.length === tokens.length && rates.length === tokens.length;
  const isSize = tokens.length >= 2 && tokens.length <= TOKENS_MAX;
  const isFilled = balances.every((balance) => balance >= 0n && balance <= BALANCE_MAX);
  const isRated = rates.every((rate) => rate >= RATE_UNIT);
  const isFee = fee >= 0n && fee < FEE_UNIT && adminFee >= 0n && adminFee <= FEE_UNIT;
  // With A·n^n < 1, the formulas would divide by a negative number.
  const isAmplified = amplificationPrecision > 0n && amplification >= amplificationPrecision;
  if (!isCounted || !isSize || !isFilled || !isRated || !isFee || !isAmplified)
    throw poolErrors.POOL_INVALID({
      pool: address,
      tokens: tokens.length,
      balances: balances.join(),
      rates: rates.join(),
      amplification,
      amplificationPrecision,
      fee,
      adminFee,
    });
}
