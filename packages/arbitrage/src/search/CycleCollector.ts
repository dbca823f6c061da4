import type { TokenGraph } from "../graph/TokenGraph.ts";
import { type Cap, type Cycle, rotateCycle, type Scan } from "./Cycle.ts";
import { estimateProfit } from "./estimateProfit.ts";

/** Keeps the cycles with the greatest estimates, and counts all. */
export class CycleCollector {
  examined = 0;
  found = 0;
  readonly #graph: TokenGraph;
  readonly #cyclesMax: number;
  readonly #kept: Cycle[] = [];
  /** What a cycle must be estimated at to be kept, once there are too many. */
  #estimateMin = Number.NEGATIVE_INFINITY;

  constructor(graph: TokenGraph, cyclesMax: number) {
    this.#graph = graph;
    this.#cyclesMax = cyclesMax;
  }

  /** @param swaps the first `length` of them, copied if they are kept */
  offer(swaps: Int32Array, length: number, logRate: number): void {
    this.found++;
    const estimate = estimateProfit(this.#graph, swaps, length);
    if (estimate < this.#estimateMin) return;
    const kept: number[] = [];
    for (let at = 0; at < length; at++) kept.push(swaps[at]!);
    this.#kept.push({ swaps: kept, logRate, estimate });
    // Sorted in bulk: twice the size is let in before half of it goes.
    if (this.#kept.length >= 2 * this.#cyclesMax + 16) this.#cut();
  }

  /** @param caps bounds that cut the search itself */
  scan(caps: readonly Cap[]): Scan {
    this.#cut();
    return {
      cycles: this.#kept.map((cycle) => ({ ...cycle, swaps: fromBusiest(this.#graph, cycle.swaps) })),
      found: this.found,
      examined: this.examined,
      truncated: this.found > this.#kept.length ? [...new Set<Cap>([...caps, "candidates"])] : caps,
    };
  }

  #cut(): void {
    this.#kept.sort(byEstimate);
    if (this.#kept.length <= this.#cyclesMax) return;
    this.#kept.length = this.#cyclesMax;
    this.#estimateMin = this.#kept.at(-1)?.estimate ?? Number.POSITIVE_INFINITY;
  }
}

/** Equal estimates are told apart by rate and length, so that the order of the search hardly shows. */
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
