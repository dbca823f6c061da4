import type { Curve } from "./Curve.ts";
import type { CycleProfile } from "./CycleProfile.ts";
import { walkCurves } from "./walkCurves.ts";

const PRECISION = 2 ** -48;
const BISECTIONS = 64;

export class CurveProfile implements CycleProfile {
  readonly optimum: bigint;
  readonly profitMax: bigint;
  readonly isExact = false;
  readonly isAtEnd: boolean;
  readonly #curves: readonly Curve[];
  readonly #optimum: number;

  constructor(curves: readonly Curve[]) {
    const { amountIn, isAtEnd } = walkCurves(curves);
    this.#curves = curves;
    this.#optimum = amountIn;
    this.optimum = BigInt(Math.floor(amountIn));
    this.profitMax = BigInt(Math.floor(this.#profitMaxAt(amountIn)));
    this.isAtEnd = isAtEnd;
  }

  profitAt(amountIn: bigint): bigint {
    return BigInt(Math.floor(this.#profitMaxAt(Number(amountIn))));
  }

  inputsReaching(profit: bigint): readonly [bigint, bigint] | undefined {
    const wanted = Number(profit);
    if (this.#profitMaxAt(this.#optimum) < wanted) return undefined;
    let past = 2 * this.#optimum + 2;
    while (this.#profitMaxAt(past) >= wanted) past *= 2;
    const low = this.#firstReaching(wanted, 0);
    const high = this.#firstReaching(wanted, past);
    return [BigInt(Math.floor(low)), BigInt(Math.ceil(high))];
  }

  #firstReaching(profit: number, outside: number): number {
    let [less, enough] = [outside, this.#optimum];
    for (let step = 0; step < BISECTIONS; step++) {
      const middle = (less + enough) / 2;
      if (this.#profitMaxAt(middle) < profit) less = middle;
      else enough = middle;
    }
    return less;
  }

  #profitMaxAt(amountIn: number): number {
    let amount = amountIn;
    for (const curve of this.#curves) amount = curve.amountOut(amount);
    return amount - amountIn + PRECISION * (amount + amountIn);
  }
}
