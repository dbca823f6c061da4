import type { TokenGraph } from "../graph/TokenGraph.ts";
import { capOnHops, LOG_RATE_MIN, SCAN_OPTIONS, type Scan, type ScanOptions } from "./Cycle.ts";
import { CycleChoices } from "./CycleChoices.ts";
import { CycleCollector } from "./CycleCollector.ts";

/**
 * Searching triangles from their token with the fewest neighbours takes O(m^1.5) steps for m pairs (Chiba &
 * Nishizeki, Arboricity and subgraph listing algorithms, 1985).
 */
export function scanAll(
  graph: TokenGraph,
  options: Pick<ScanOptions, "cyclesMax" | "worths"> = SCAN_OPTIONS,
): Scan {
  const collector = new CycleCollector(graph, options);
  const choices = new CycleChoices(graph, collector);
  pairsAndBack(graph, collector, choices);
  triangles(graph, collector, choices);
  return collector.scan(capOnHops(graph, 3));
}

function pairsAndBack(graph: TokenGraph, collector: CycleCollector, choices: CycleChoices): void {
  const { pairFrom, pairTo, pairReverse, pairLogRate } = graph;
  for (let pair = 0; pair < graph.pairCount; pair++) {
    if (pairFrom[pair]! >= pairTo[pair]!) continue;
    const back = pairReverse[pair]!;
    collector.examined++;
    if (pairLogRate[pair]! + pairLogRate[back]! > LOG_RATE_MIN) offerAll(graph, choices, pair, back);
  }
}

function triangles(graph: TokenGraph, collector: CycleCollector, choices: CycleChoices): void {
  const { pairTo, pairReverse, pairLogRate } = graph;
  const count = graph.tokens.length;
  const { upStart, up } = upwardPairs(graph);
  /** Keyed by token. */
  const pairFromFirst = new Int32Array(count).fill(-1);
  for (let first = 0; first < count; first++) {
    const start = upStart[first]!;
    const end = upStart[first + 1]!;
    if (end - start < 2) continue;
    for (let at = start; at < end; at++) pairFromFirst[pairTo[up[at]!]!] = up[at]!;
    for (let at = start; at < end; at++) {
      const a = up[at]!;
      const second = pairTo[a]!;
      for (let next = upStart[second]!; next < upStart[second + 1]!; next++) {
        const b = up[next]!;
        const c = pairFromFirst[pairTo[b]!]!;
        if (c < 0) continue;
        collector.examined += 2;
        const [aBack, bBack, cBack] = [pairReverse[a]!, pairReverse[b]!, pairReverse[c]!];
        if (pairLogRate[a]! + pairLogRate[b]! + pairLogRate[cBack]! > LOG_RATE_MIN)
          offerAll(graph, choices, a, b, cBack);
        if (pairLogRate[c]! + pairLogRate[bBack]! + pairLogRate[aBack]! > LOG_RATE_MIN)
          offerAll(graph, choices, c, bBack, aBack);
      }
    }
    for (let at = start; at < end; at++) pairFromFirst[pairTo[up[at]!]!] = -1;
  }
}

/** Pairs from a token to tokens with more neighbours; ties by id. */
function upwardPairs(graph: TokenGraph): { upStart: Int32Array; up: Int32Array } {
  const { pairStart, pairTo } = graph;
  const upStart = new Int32Array(graph.tokens.length + 1);
  const up = new Int32Array(graph.pairCount);
  let size = 0;
  for (let token = 0; token < graph.tokens.length; token++) {
    const degree = graph.degreeOf(token);
    for (let pair = pairStart[token]!; pair < pairStart[token + 1]!; pair++) {
      const more = graph.degreeOf(pairTo[pair]!) - degree;
      if (more > 0 || (more === 0 && pairTo[pair]! > token)) up[size++] = pair;
    }
    upStart[token + 1] = size;
  }
  return { upStart, up };
}

function offerAll(graph: TokenGraph, choices: CycleChoices, first: number, pair: number, pair2 = -1): void {
  for (let at = graph.pairSwapStart[first]!; at < graph.pairSwapStart[first + 1]!; at++)
    choices.offer(graph.pairSwaps[at]!, pair, pair2);
}
