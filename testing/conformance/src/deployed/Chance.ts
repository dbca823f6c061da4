import { seededRandom } from "@trellis/kit";

export class Chance {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  isOneIn(count: number): boolean {
    return this.#random() * count < 1;
  }

  integer(low: number, high: number): number {
    return low + Math.floor(this.#random() * (high - low + 1));
  }

  of<T>(values: readonly [T, ...T[]]): T {
    return values[this.integer(0, values.length - 1)] ?? values[0];
  }

  /** Returns at least 1. All bit lengths up to `bits` are equally likely. */
  amount(bits: number): bigint {
    const size = this.integer(1, bits);
    let value = 1n;
    for (let bit = 1; bit < size; bit++) value = (value << 1n) | BigInt(this.integer(0, 1));
    return value;
  }
}
