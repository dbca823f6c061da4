import type { Random } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";

/**
 * One stream per concern keeps draws independent. sfc32 (Chris Doty-Humphrey, PractRand) returns equal
 * results on every machine.
 */
export class RandomStream implements Random {
  readonly #state: Uint32Array;

  constructor(seed: number, concern: string) {
    const digest = keccak256(new TextEncoder().encode(`${seed}/${concern}`));
    this.#state = new Uint32Array(digest.slice(0, 16).buffer);
    this.#state[3] = 1;
    for (let round = 0; round < 12; round++) this.uint32();
  }

  uint32(): number {
    const state = this.#state;
    const sum = (state[0]! + state[1]! + state[3]!) >>> 0;
    state[3] = state[3]! + 1;
    state[0] = state[1]! ^ (state[1]! >>> 9);
    state[1] = state[2]! + (state[2]! << 3);
    state[2] = ((state[2]! << 21) | (state[2]! >>> 11)) + sum;
    return sum;
  }

  fraction(): number {
    return this.uint32() / 2 ** 32;
  }

  below(count: number): number {
    return Math.floor(this.fraction() * count);
  }

  between(min: number, max: number): number {
    return min + this.fraction() * (max - min);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  exponential(mean: number): number {
    return -Math.log(1 - this.fraction()) * mean;
  }

  /** Standard normal distribution (Box-Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.fraction())) * Math.cos(2 * Math.PI * this.fraction());
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  shuffled<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let index = shuffled.length - 1; index > 0; index--) {
      const other = this.below(index + 1);
      [shuffled[index], shuffled[other]] = [shuffled[other]!, shuffled[index]!];
    }
    return shuffled;
  }

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    for (let at = 0; at < count; at++) bytes[at] = this.uint32() & 0xff;
    return bytes;
  }
}
