import type { Cycle, TokenGraph } from "@trellis/arbitrage";

interface DetectOptions {
  readonly cyclesMax: number;
  readonly stepsMax: number;
}

export interface Detection {
  readonly cycles: readonly Omit<Cycle, "estimate">[];
  readonly truncated: readonly ("candidates" | "steps")[];
}

export const DETECT_OPTIONS: DetectOptions = { cyclesMax: 64, stepsMax: 5_000_000 };

/** Lower gains of a cycle are rounding errors. [SEARCH-3] */
const LOG_RATE_MIN = 1e-12;

const DISTANCE_STEP_MIN = 1e-13;

/**
 * Shortest path faster algorithm (Moore's queue, Bellman-Ford bound). Later searches exclude a found cycle's
 * last pair. An empty, untruncated result proves that no cycle is profitable. [SEARCH-7]
 */
export function detectCycles(graph: TokenGraph, options: DetectOptions = DETECT_OPTIONS): Detection {
  const cycles: Detection["cycles"][number][] = [];
  const isClosed = new Uint8Array(graph.pairCount);
  for (let steps = 0; cycles.length < options.cyclesMax; ) {
    const search = new CycleSearch(graph, isClosed, options.stepsMax - steps);
    const found = search.run();
    steps += search.steps;
    for (const pairs of found) {
      isClosed[pairs.at(-1)!] = 1;
      const logRate = pairs.reduce((sum, pair) => sum + graph.pairLogRate[pair]!, 0);
      const swaps = pairs.map((pair) => graph.pairSwaps[graph.pairSwapStart[pair]!]!);
      if (logRate > LOG_RATE_MIN) cycles.push({ swaps, logRate });
    }
    if (found.length === 0) return { cycles, truncated: search.isCut ? ["steps"] : [] };
  }
  return { cycles, truncated: ["candidates"] };
}

/**
 * Stops when the shortest-path tree contains a cycle. Distances are −ln of rates, relative to reference
 * prices.
 */
class CycleSearch {
  steps = 0;
  isCut = false;
  readonly #graph: TokenGraph;
  readonly #isClosed: Uint8Array;
  readonly #stepsMax: number;
  readonly #distance: Float64Array;
  readonly #parent: Int32Array;

  constructor(graph: TokenGraph, isClosed: Uint8Array, stepsMax: number) {
    this.#graph = graph;
    this.#isClosed = isClosed;
    this.#stepsMax = stepsMax;
    this.#distance = graph.logPrices.slice();
    this.#parent = new Int32Array(graph.tokens.length).fill(-1);
  }

  run(): number[][] {
    const { pairStart, pairTo, pairLogRate, tokens } = this.#graph;
    const queue = Int32Array.from(tokens.keys());
    const isQueued = new Uint8Array(tokens.length).fill(1);
    let [head, size, improved] = [0, tokens.length, 0];
    while (size > 0 && this.steps < this.#stepsMax) {
      const from = queue[head]!;
      head = head + 1 === queue.length ? 0 : head + 1;
      size--;
      isQueued[from] = 0;
      for (let pair = pairStart[from]!; pair < pairStart[from + 1]!; pair++) {
        this.steps++;
        if (this.#isClosed[pair] === 1) continue;
        const to = pairTo[pair]!;
        const distance = this.#distance[from]! - pairLogRate[pair]!;
        if (!(distance < this.#distance[to]! - DISTANCE_STEP_MIN)) continue;
        this.#distance[to] = distance;
        this.#parent[to] = pair;
        improved++;
        if (isQueued[to] === 1) continue;
        isQueued[to] = 1;
        queue[(head + size++) % queue.length] = to;
      }
      if (improved < tokens.length && size > 0) continue;
      improved = 0;
      const cycles = this.#cyclesOfTree();
      if (cycles.length > 0) return cycles;
    }
    this.isCut = size > 0;
    return [];
  }

  #cyclesOfTree(): number[][] {
    const { pairFrom } = this.#graph;
    const parent = this.#parent;
    const seenBy = new Int32Array(parent.length).fill(-1);
    const cycles: number[][] = [];
    for (let start = 0; start < parent.length; start++) {
      let token = start;
      while (seenBy[token] === -1 && parent[token]! >= 0) {
        seenBy[token] = start;
        token = pairFrom[parent[token]!]!;
      }
      if (seenBy[token] !== start || parent[token]! < 0) continue;
      const cycle: number[] = [];
      let at = token;
      do {
        cycle.unshift(parent[at]!);
        at = pairFrom[parent[at]!]!;
      } while (at !== token);
      cycles.push(cycle);
    }
    return cycles;
  }
}
