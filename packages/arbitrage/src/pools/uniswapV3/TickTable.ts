import { UINT128_MAX } from "../arithmetic/uint.ts";
import { poolErrors } from "../errors.ts";
import { TICK_MAX, TICK_MIN, tickToSqrtRatio } from "./tickMath.ts";

export interface InitializedTick {
  readonly tick: number;
  readonly liquidityGross: bigint;
  readonly liquidityNet: bigint;
}

export interface TickRange {
  readonly lowest: number;
  readonly highest: number;
}

export const ALL_TICKS: TickRange = { lowest: TICK_MIN, highest: TICK_MAX };

export const WORD_TICKS = 256;

/** Contains all initialized ticks of `known`'s bitmap words. */
export class TickTable {
  readonly spacing: number;
  readonly known: TickRange;
  readonly #ticks: Int32Array;
  readonly #gross: readonly bigint[];
  readonly #net: readonly bigint[];
  readonly #ratios: (bigint | undefined)[];
  readonly #boundaries: Map<number, bigint>;

  /** @throws POOL_INVALID for ticks that are duplicate, unknown, without liquidity or off the spacing */
  constructor(spacing: number, entries: Iterable<InitializedTick>, known: TickRange = ALL_TICKS) {
    const sorted = [...entries].sort((a, b) => a.tick - b.tick);
    checkEntries(spacing, sorted);
    this.spacing = spacing;
    this.known = wholeWords(spacing, known);
    this.#ticks = Int32Array.from(sorted, ({ tick }) => tick);
    this.#gross = sorted.map(({ liquidityGross }) => liquidityGross);
    this.#net = sorted.map(({ liquidityNet }) => liquidityNet);
    this.#ratios = new Array(sorted.length).fill(undefined);
    this.#boundaries = new Map();
    const outside = sorted.find(({ tick }) => tick < this.known.lowest || tick > this.known.highest);
    if (outside !== undefined)
      throw poolErrors.POOL_INVALID({
        tick: outside.tick,
        lowest: this.known.lowest,
        highest: this.known.highest,
      });
  }

  get count(): number {
    return this.#ticks.length;
  }

  *entries(): Iterable<InitializedTick> {
    for (let index = 0; index < this.count; index++) yield this.at(index);
  }

  at(index: number): InitializedTick {
    return {
      tick: this.tickAt(index),
      liquidityGross: this.#gross[index] ?? 0n,
      liquidityNet: this.netAt(index),
    };
  }

  tickAt(index: number): number {
    return this.#ticks[index] ?? Number.NaN;
  }

  netAt(index: number): bigint {
    return this.#net[index] ?? 0n;
  }

  indexAtOrBelow(tick: number): number {
    let low = 0;
    let high = this.#ticks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ticks[middle] ?? 0) <= tick) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  netBetween(from: number, to: number): bigint {
    if (to < from) return -this.netBetween(to, from);
    let net = 0n;
    const last = this.indexAtOrBelow(to);
    for (let index = this.indexAtOrBelow(from) + 1; index <= last; index++) net += this.netAt(index);
    return net;
  }

  ratioAt(index: number): bigint {
    const known = this.#ratios[index];
    if (known !== undefined) return known;
    const ratio = tickToSqrtRatio(this.tickAt(index));
    this.#ratios[index] = ratio;
    return ratio;
  }

  boundaryRatio(tick: number): bigint {
    const known = this.#boundaries.get(tick);
    if (known !== undefined) return known;
    const ratio = tickToSqrtRatio(tick);
    this.#boundaries.set(tick, ratio);
    return ratio;
  }

  /** @throws POOL_INVALID */
  withPosition(lower: number, upper: number, delta: bigint): TickTable {
    const isPlaced = [lower, upper].every((tick) => tick % this.spacing === 0 && Math.abs(tick) <= TICK_MAX);
    if (!isPlaced || lower >= upper) throw poolErrors.POOL_INVALID({ lower, upper, spacing: this.spacing });
    const changed = new Map([...this.entries()].map((entry) => [entry.tick, entry]));
    for (const [tick, net] of [
      [lower, delta],
      [upper, -delta],
    ] as const) {
      if (tick < this.known.lowest || tick > this.known.highest) continue;
      const { liquidityGross, liquidityNet } = changed.get(tick) ?? { liquidityGross: 0n, liquidityNet: 0n };
      const gross = liquidityGross + delta;
      if (gross === 0n) changed.delete(tick);
      else changed.set(tick, { tick, liquidityGross: gross, liquidityNet: liquidityNet + net });
    }
    return new TickTable(this.spacing, changed.values(), this.known);
  }
}

/** First tick of the bitmap word, clamped. */
export function wordStart(tick: number, spacing: number): number {
  const width = spacing * WORD_TICKS;
  return Math.max(Math.floor(tick / width) * width, TICK_MIN);
}

/** Last tick of the bitmap word that contains the next multiple of the spacing, clamped. */
export function nextWordEnd(tick: number, spacing: number): number {
  const width = spacing * WORD_TICKS;
  const next = (Math.floor(tick / spacing) + 1) * spacing;
  return Math.min(Math.floor(next / width) * width + width - spacing, TICK_MAX);
}

function wholeWords(spacing: number, { lowest, highest }: TickRange): TickRange {
  const width = spacing * WORD_TICKS;
  const start = Math.floor(lowest / width) * width;
  const end = Math.floor(highest / width) * width + width - 1;
  return { lowest: Math.max(start, TICK_MIN), highest: Math.min(end, TICK_MAX) };
}

function checkEntries(spacing: number, sorted: readonly InitializedTick[]): void {
  if (!Number.isInteger(spacing) || spacing <= 0) throw poolErrors.POOL_INVALID({ spacing });
  let previous = Number.NEGATIVE_INFINITY;
  for (const { tick, liquidityGross, liquidityNet } of sorted) {
    const isPlaced = tick % spacing === 0 && tick !== previous && Math.abs(tick) <= TICK_MAX;
    const size = liquidityNet < 0n ? -liquidityNet : liquidityNet;
    const isLiquid = liquidityGross > 0n && liquidityGross <= UINT128_MAX && size <= liquidityGross;
    if (!isPlaced || !isLiquid) throw poolErrors.POOL_INVALID({ tick, liquidityGross, liquidityNet });
    previous = tick;
  }
}
