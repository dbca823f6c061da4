import type { TokenGraph } from "../graph/TokenGraph.ts";
import { LOG_RATE_MIN } from "./Cycle.ts";
import type { CycleCollector } from "./CycleCollector.ts";

const HOPS_MAX = 4;

/**
 * Offers one swap per pair of a closed path, best first, until a combination is unprofitable. Adjacent swaps
 * never share a pool.
 */
export class CycleChoices {
  readonly #graph: TokenGraph;
  readonly #collector: CycleCollector;
  readonly #isOpen: Uint8Array;
  readonly #pairs = new Int32Array(HOPS_MAX);
  readonly #chosen = new Int32Array(HOPS_MAX);
  /** Highest log rate that the pairs after a place can add. */
  readonly #rest = new Float64Array(HOPS_MAX);
  #length = 0;

  constructor(graph: TokenGraph, collector: CycleCollector) {
    this.#graph = graph;
    this.#collector = collector;
    this.#isOpen = new Uint8Array(graph.swapCount).fill(1);
  }

  /** Excludes the swap from later offers, except as their first swap. */
  close(swap: number): void {
    this.#isOpen[swap] = 0;
  }

  offer(swap: number, pair: number, pair2 = -1, pair3 = -1): void {
    const { pairLogRate, swapLogRate } = this.#graph;
    const [pairs, rest] = [this.#pairs, this.#rest];
    pairs[1] = pair;
    pairs[2] = pair2;
    pairs[3] = pair3;
    this.#length = pair2 < 0 ? 2 : pair3 < 0 ? 3 : 4;
    rest[3] = 0;
    rest[2] = pair3 < 0 ? 0 : pairLogRate[pair3]!;
    rest[1] = pair2 < 0 ? 0 : rest[2] + pairLogRate[pair2]!;
    this.#chosen[0] = swap;
    this.#choose(1, swapLogRate[swap]!);
  }

  #choose(place: number, before: number): void {
    const { pairSwapStart, pairSwaps, swapLogRate, swapPool } = this.#graph;
    const chosen = this.#chosen;
    const pair = this.#pairs[place]!;
    const isLast = place === this.#length - 1;
    const poolBefore = swapPool[chosen[place - 1]!];
    const poolAfter = isLast ? swapPool[chosen[0]!] : -1;
    for (let at = pairSwapStart[pair]!; at < pairSwapStart[pair + 1]!; at++) {
      const swap = pairSwaps[at]!;
      const logRate = before + swapLogRate[swap]!;
      this.#collector.examined++;
      if (!(logRate + this.#rest[place]! > LOG_RATE_MIN)) return;
      const pool = swapPool[swap]!;
      if (this.#isOpen[swap] === 0 || pool === poolBefore || pool === poolAfter) continue;
      chosen[place] = swap;
      if (isLast) this.#collector.offer(chosen, this.#length, logRate);
      else this.#choose(place + 1, logRate);
    }
  }
}
