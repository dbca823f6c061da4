import { UniswapV2Pool } from "../pools/uniswapV2/UniswapV2Pool.ts";
import type { CycleLeg } from "./CycleLeg.ts";
import type { CycleProfile } from "./CycleProfile.ts";
import { integerSquareRoot } from "./integerSquareRoot.ts";

/**
 * For constant-product pools. Without rounding, swaps with fee g/d and reserves ri, ro compose to out(x) =
 * K·x / (M + N·x). Per leg, from K = M = 1 and N = 0: N = N·d·ri + K·g, K = K·g·ro, M = M·d·ri. The cycle is
 * profitable if K > M; profit is highest at x* = (√(KM) − M) / N.
 */
export class ClosedForm implements CycleProfile {
  readonly optimum: bigint;
  readonly profitMax: bigint;
  readonly isExact = true;
  readonly isAtEnd = false;
  readonly #k: bigint;
  readonly #m: bigint;
  readonly #n: bigint;

  static of(legs: readonly CycleLeg[]): ClosedForm | undefined {
    let [k, m, n] = [1n, 1n, 0n];
    for (const [at, { pool, tokenIn }] of legs.entries()) {
      if (!(pool instanceof UniswapV2Pool)) return undefined;
      if (legs.findIndex((leg) => leg.pool === pool) < at) return undefined;
      const [reserve0, reserve1] = pool.reserves;
      const [reserveIn, reserveOut] = tokenIn === 0 ? [reserve0, reserve1] : [reserve1, reserve0];
      const { numerator, denominator } = pool.fee;
      const kept = denominator - numerator;
      const scaled = denominator * reserveIn;
      n = n * scaled + k * kept;
      k *= kept * reserveOut;
      m *= scaled;
    }
    return new ClosedForm(k, m, n);
  }

  constructor(k: bigint, m: bigint, n: bigint) {
    this.#k = k;
    this.#m = m;
    this.#n = n;
    const pays = k > m;
    this.optimum = pays ? (integerSquareRoot(k * m) - m) / n : 0n;
    // Maximum profit (√K − √M)² / N, rounded up.
    this.profitMax = pays ? (k + m - integerSquareRoot(4n * k * m)) / n : 0n;
  }

  profitAt(amountIn: bigint): bigint {
    return (this.#k * amountIn) / (this.#m + this.#n * amountIn) - amountIn;
  }

  /** Roots of N·x² − (K − M − N·p)·x + M·p = 0. */
  inputsReaching(profit: bigint): readonly [bigint, bigint] | undefined {
    const b = this.#k - this.#m - this.#n * profit;
    const discriminant = b * b - 4n * this.#n * this.#m * profit;
    if (b <= 0n || discriminant < 0n) return undefined;
    const root = integerSquareRoot(discriminant) + 1n;
    const low = b > root ? (b - root) / (2n * this.#n) : 0n;
    return [low, (b + root) / (2n * this.#n) + 1n];
  }
}
