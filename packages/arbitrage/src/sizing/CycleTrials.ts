import { Curve } from "./Curve.ts";
import type { CycleLeg } from "./CycleLeg.ts";
import type { CycleProfile } from "./CycleProfile.ts";
import { scanRounded } from "./scanRounded.ts";
import { leastInput, simulateCycle } from "./simulateCycle.ts";

export interface Trial {
  readonly amounts: readonly bigint[];
  readonly profit: bigint;
}

interface RestRange {
  readonly place: number;
  readonly low: bigint;
  readonly high: bigint;
  readonly isMany: boolean;
}

/** Amounts tried on each side of the optimum. */
const AROUND = 3n;
const REST_MAX = 512n;
/** The first step is 1/16 of the input, each later step 1/4 of the previous. */
const CLIMB_FIRST = 16n;
const CLIMB_SHRINK = 4n;

export class CycleTrials {
  best: Trial | undefined;
  profitMax: bigint;
  readonly hasPoolTwice: boolean;
  readonly #legs: readonly CycleLeg[];
  readonly #profile: CycleProfile;
  readonly #amountInMax: bigint | undefined;
  readonly #optimum: bigint;

  constructor(legs: readonly CycleLeg[], profile: CycleProfile, amountInMax: bigint | undefined) {
    this.#legs = legs;
    this.#profile = profile;
    this.#amountInMax = amountInMax;
    this.hasPoolTwice = new Set(legs.map(({ pool }) => pool)).size < legs.length;
    const isCut = amountInMax !== undefined && amountInMax <= profile.optimum;
    this.#optimum = isCut ? amountInMax : profile.optimum;
    this.profitMax = isCut ? profile.profitAt(amountInMax) : profile.profitMax;
  }

  /** Tries the coarsest token's amounts around the optimum, then the least input for the best output. */
  tryAround(): void {
    this.#try(this.#taken(this.#optimum));
    const start = this.best?.amounts;
    if (start === undefined || this.hasPoolTwice) return;
    const place = smallest(start);
    for (let offset = -AROUND; offset <= AROUND; offset++) this.#tryAmount(place, start[place]! + offset);
    const output = this.best?.amounts.at(-1);
    if (output !== undefined) this.#tryAmount(this.#legs.length, output);
  }

  climb(): void {
    let at = this.best?.amounts[0] ?? this.#optimum;
    for (let step = at / CLIMB_FIRST + 1n; step > 0n; step /= CLIMB_SHRINK) {
      const before = this.best;
      do {
        at = this.best?.amounts[0] ?? at;
        if (at > step) this.#try(at - step);
        this.#try(at + step);
      } while (this.best !== undefined && this.best.amounts[0] !== at);
      // Rounding makes smaller steps useless.
      if (before !== undefined && before === this.best && step * CLIMB_FIRST ** 4n < at) break;
    }
  }

  /** Tries every amount that could beat the result, or the best-ranked amounts if there are too many. */
  tryRest(): void {
    if (this.hasPoolTwice) return;
    const range = this.#rest();
    if (range === "none") this.profitMax = this.#profit();
    if (typeof range === "string") return;
    const { place, low, high, isMany } = range;
    if (isMany) {
      if (2n * this.#profit() < this.profitMax) this.#tryRounded(range);
      return;
    }
    const middle = this.best?.amounts[place] ?? (low + high) / 2n;
    let [down, up] = [middle, middle + 1n];
    while (down >= low || up <= high) {
      if (down >= low) this.#tryAmount(place, down--);
      if (up <= high) this.#tryAmount(place, up++);
      if (this.#profit() >= this.profitMax) break;
    }
    this.profitMax = this.#profit();
  }

  #rest(): RestRange | "none" | "unknown" {
    const inputs =
      this.#profit() < this.profitMax ? this.#profile.inputsReaching(this.#profit() + 1n) : undefined;
    if (inputs === undefined) return "none";
    const [first, reach] = inputs;
    const allowed = this.#amountInMax !== undefined && this.#amountInMax < reach ? this.#amountInMax : reach;
    const last = this.#taken(allowed);
    if (first > last) return "none";
    const lows = simulateCycle(this.#legs, first);
    const highs = simulateCycle(this.#legs, last);
    if (lows === undefined || highs === undefined) return "unknown";
    const counts = lows.map((low, place) => highs[place]! - low);
    // Approximate pools may return more than the minimum input.
    const place = counts[0]! < REST_MAX && !this.#profile.isExact ? 0 : smallest(counts);
    return { place, low: lows[place]!, high: highs[place]!, isMany: counts[place]! >= REST_MAX };
  }

  #tryRounded({ place, low, high }: RestRange): void {
    const curves = this.#legs.map((leg) => new Curve(leg));
    const middle = simulateCycle(this.#legs, this.#taken(this.#optimum))?.[place] ?? low;
    for (const amount of scanRounded(curves, { place, low, high, middle })) this.#tryAmount(place, amount);
  }

  #profit(): bigint {
    return this.best !== undefined && this.best.profit > 0n ? this.best.profit : 0n;
  }

  #tryAmount(place: number, amount: bigint): void {
    if (amount < 1n) return;
    const amountIn = leastInput(this.#legs, place, amount);
    if (amountIn === undefined) return;
    this.#try(amountIn);
    if (place > 0 && !this.#profile.isExact) this.#try(amountIn - 1n);
  }

  #try(amountIn: bigint): void {
    if (amountIn < 1n || (this.#amountInMax !== undefined && amountIn > this.#amountInMax)) return;
    const amounts = simulateCycle(this.#legs, amountIn);
    if (amounts === undefined) return;
    const profit = amounts.at(-1)! - amountIn;
    if (this.best === undefined || profit > this.best.profit) this.best = { amounts, profit };
  }

  /** Greatest input that the pools accept completely. */
  #taken(amountIn: bigint): bigint {
    if (simulateCycle(this.#legs, amountIn) !== undefined) return amountIn;
    let [taken, refused] = [0n, amountIn];
    while (refused - taken > 1n) {
      const middle = (taken + refused) / 2n;
      if (simulateCycle(this.#legs, middle) === undefined) refused = middle;
      else taken = middle;
    }
    return taken;
  }
}

function smallest(amounts: readonly bigint[]): number {
  return amounts.reduce((least, amount, place) => (amount < amounts[least]! ? place : least), 0);
}
