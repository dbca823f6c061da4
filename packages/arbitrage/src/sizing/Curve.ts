import type { Stretch } from "../pools/Pool.ts";
import type { CycleLeg } from "./CycleLeg.ts";

export class Curve {
  readonly #read: Stretch[] = [];
  readonly #rest: Iterator<Stretch>;

  constructor({ pool, tokenIn, tokenOut }: CycleLeg) {
    this.#rest = pool.stretches(tokenIn, tokenOut)[Symbol.iterator]();
  }

  stretch(index: number): Stretch | undefined {
    while (this.#read.length <= index) {
      const { done, value } = this.#rest.next();
      if (done) return undefined;
      this.#read.push(value);
    }
    return this.#read[index];
  }

  amountOut(amountIn: number): number {
    let left = amountIn;
    let out = 0;
    for (let index = 0; left > 0; index++) {
      const stretch = this.stretch(index);
      if (stretch === undefined) break;
      const used = Math.min(left, stretch.inputMax);
      out += amountOutOf(stretch.reserveIn, stretch.reserveOut, 1 - stretch.fee, used);
      left -= used;
    }
    return out;
  }

  amountIn(amountOut: number): number {
    let left = amountOut;
    let input = 0;
    for (let index = 0; left > 0; index++) {
      const stretch = this.stretch(index);
      if (stretch === undefined) return Number.POSITIVE_INFINITY;
      const { reserveIn, reserveOut, fee, inputMax } = stretch;
      const most = Number.isFinite(inputMax)
        ? amountOutOf(reserveIn, reserveOut, 1 - fee, inputMax)
        : reserveOut;
      if (left < most) return input + amountInOf(reserveIn, reserveOut, 1 - fee, left);
      left -= most;
      input += inputMax;
    }
    return input;
  }
}

function amountInOf(reserveIn: number, reserveOut: number, kept: number, amountOut: number): number {
  return (reserveIn * (amountOut / (reserveOut - amountOut))) / kept;
}

export function amountOutOf(reserveIn: number, reserveOut: number, kept: number, amountIn: number): number {
  const used = kept * amountIn;
  return reserveOut * (used / (reserveIn + used));
}
