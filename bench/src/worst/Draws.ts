import { seededRandom } from "@trellis/kit";

export class Draws {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seededRandom(seed);
  }

  integer(below: number): number {
    return Math.floor(this.#next() * below);
  }

  isBelow(probability: number): boolean {
    return this.#next() < probability;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.integer(values.length)]!;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let index = 0; index < length; index++) bytes[index] = this.integer(256);
    return bytes;
  }

  pickLow<T>(values: readonly T[]): T {
    return values[Math.floor(values.length * this.#next() ** 3)]!;
  }
}
