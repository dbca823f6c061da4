import type { Interval, Measure } from "./measure.ts";
import { parseMetrics, type Samples } from "./parseMetrics.ts";

export interface Moment {
  readonly timeMs: number;
  readonly values: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/** Longest gap, in intervals, over which a rate is computed. */
const GAP_SHARE = 4;

/** Computes values on arrival, so that raw samples need no storage. */
export class History {
  readonly #charts: readonly { readonly id: string; readonly measure: Measure }[];
  readonly #momentsMax: number;
  readonly #everyMs: number;
  #moments: readonly Moment[] = [];
  #before: { readonly samples: Samples; readonly timeMs: number } | undefined;

  constructor(
    charts: readonly { readonly id: string; readonly measure: Measure }[],
    { momentsMax, everyMs }: { readonly momentsMax: number; readonly everyMs: number },
  ) {
    this.#charts = charts;
    this.#momentsMax = momentsMax;
    this.#everyMs = everyMs;
  }

  /** Oldest first. Each addition creates a new array. */
  get moments(): readonly Moment[] {
    return this.#moments;
  }

  add(text: string, timeMs: number): void {
    const samples = parseMetrics(text);
    const before = this.#before;
    this.#before = { samples, timeMs };
    if (before === undefined || timeMs <= before.timeMs) return;
    const elapsedMs = timeMs - before.timeMs;
    if (elapsedMs > GAP_SHARE * this.#everyMs) return;
    const interval: Interval = { now: samples, before: before.samples, seconds: elapsedMs / 1_000 };
    const values = new Map(this.#charts.map(({ id, measure }) => [id, measure(interval)]));
    this.#moments = [...this.#moments, { timeMs, values }].slice(-this.#momentsMax);
  }
}
