import type { TokenGraph } from "../graph/TokenGraph.ts";
import { type Cap, type Cycle, rotateCycle, type Scan, type ScanOptions } from "./Cycle.ts";
import { estimateProfit } from "./estimateProfit.ts";

export class CycleCollector {
  examined = 0;
  found = 0;
  #unprofitable = 0;
  readonly #graph: TokenGraph;
  readonly #cyclesMax: number;
  /** Of profit tokens by rank; `#places` maps token ids to ranks or −1. */
  readonly #worths: readonly number[] | undefined;
  readonly #places: Int32Array;
  readonly #kept: Cycle[] = [];
  #estimateMin = Number.NEGATIVE_INFINITY;

  constructor(graph: TokenGraph, { cyclesMax, worths }: Pick<ScanOptions, "cyclesMax" | "worths">) {
    this.#graph = graph;
    this.#cyclesMax = cyclesMax;
    this.#worths = worths && [...worths.values()];
    this.#places = new Int32Array(worths === undefined ? 0 : graph.tokens.length).fill(-1);
    for (const [place, token] of [...(worths?.keys() ?? [])].entries()) {
      const id = graph.tokenIds.get(token);
      if (id !== undefined) this.#places[id] = place;
    }
  }

  offer(swaps: Int32Array, length: number, logRate: number): void {
    this.found++;
    const start = this.#startOf(swaps, length);
    if (start < 0) {
      this.#unprofitable++;
      return;
    }
    const worth = this.#worthOf(this.#graph.swapFrom[swaps[start]!]!);
    const estimate = estimateProfit(this.#graph, swaps, length, start) * worth;
    if (estimate < this.#estimateMin) return;
    const turned: number[] = [];
    for (let at = start; at < start + length; at++) turned.push(swaps[at < length ? at : at - length]!);
    this.#kept.push({ swaps: turned, logRate, estimate });
    // Cuts rarely, because sorting is expensive.
    if (this.#kept.length >= 2 * this.#cyclesMax + 16) this.#cut();
  }

  scan(caps: readonly Cap[]): Scan {
    this.#cut();
    const isTurned = this.#worths !== undefined;
    return {
      cycles: isTurned
        ? this.#kept
        : this.#kept.map((cycle) => ({ ...cycle, swaps: fromBusiest(this.#graph, cycle.swaps) })),
      found: this.found,
      unprofitable: this.#unprofitable,
      examined: this.examined,
      truncated:
        this.found - this.#unprofitable > this.#kept.length
          ? [...new Set<Cap>([...caps, "candidates"])]
          : caps,
    };
  }

  /** Index of the first swap: −1 without a profit token, 0 without `worths`. */
  #startOf(swaps: Int32Array, length: number): number {
    if (this.#worths === undefined) return 0;
    let start = -1;
    let first = this.#worths.length;
    for (let at = 0; at < length; at++) {
      const place = this.#places[this.#graph.swapFrom[swaps[at]!]!]!;
      if (place < 0 || place >= first) continue;
      start = at;
      first = place;
    }
    return start;
  }

  #worthOf(token: number): number {
    return this.#worths?.[this.#places[token]!] ?? Math.exp(this.#graph.logPrices[token]!);
  }

  #cut(): void {
    this.#kept.sort(byEstimate);
    if (this.#kept.length <= this.#cyclesMax) return;
    this.#kept.length = this.#cyclesMax;
    this.#estimateMin = this.#kept.at(-1)?.estimate ?? Number.POSITIVE_INFINITY;
  }
}

function byEstimate(a: Cycle, b: Cycle): number {
  return b.estimate - a.estimate || b.logRate - a.logRate || a.swaps.length - b.swaps.length;
}

function fromBusiest(graph: TokenGraph, swaps: readonly number[]): readonly number[] {
  let busiest = graph.swapFrom[swaps[0]!]!;
  for (const swap of swaps) {
    const token = graph.swapFrom[swap]!;
    const more = graph.degreeOf(token) - graph.degreeOf(busiest);
    if (more > 0 || (more === 0 && token < busiest)) busiest = token;
  }
  return rotateCycle(graph, swaps, busiest);
}
