import type { TokenGraph } from "../graph/TokenGraph.ts";
import { capOnHops, LOG_RATE_MIN, SCAN_OPTIONS, type Scan, type ScanOptions } from "./Cycle.ts";
import { CycleChoices } from "./CycleChoices.ts";
import { CycleCollector } from "./CycleCollector.ts";

/**
 * Finds cycles of each swap of the given pools with at most three other pairs, and then excludes the swap.
 * Marks the neighbours of its token with more neighbours, to detect closed paths.
 * @param pools indices in the graph
 */
export function scanTouched(
  graph: TokenGraph,
  pools: Iterable<number>,
  options: ScanOptions = SCAN_OPTIONS,
): Scan {
  const collector = new CycleCollector(graph, options);
  const choices = new CycleChoices(graph, collector);
  const marks = createMarks(graph);
  for (const swap of swapsByBusierToken(graph, pools)) {
    choices.close(swap);
    const way: Way = { graph, collector, choices, swap, marks, ...endsOf(graph, swap) };
    choices.offer(swap, graph.pairReverse[graph.swapPair[swap]!]!);
    if (options.hopsMax === 2) continue;
    markNeighbours(graph, marks, way.busier);
    closeByTwo(way);
    if (options.hopsMax > 3) closeByThree(way);
  }
  return collector.scan(capOnHops(graph, options.hopsMax));
}

interface Marks {
  token: number;
  /** Keyed by token: the last token that marked this token. */
  readonly markedFor: Int32Array;
  /** Keyed by token: the pair from the marking token. */
  readonly pair: Int32Array;
}

interface Way {
  readonly graph: TokenGraph;
  readonly collector: CycleCollector;
  readonly swap: number;
  readonly choices: CycleChoices;
  readonly marks: Marks;
  readonly busier: number;
  readonly quieter: number;
  readonly isForward: boolean;
}

function createMarks({ tokens }: TokenGraph): Marks {
  return {
    token: -1,
    markedFor: new Int32Array(tokens.length).fill(-1),
    pair: new Int32Array(tokens.length),
  };
}

function markNeighbours(graph: TokenGraph, marks: Marks, token: number): void {
  if (marks.token === token) return;
  marks.token = token;
  for (let pair = graph.pairStart[token]!; pair < graph.pairStart[token + 1]!; pair++) {
    marks.markedFor[graph.pairTo[pair]!] = token;
    marks.pair[graph.pairTo[pair]!] = pair;
  }
}

function swapsByBusierToken(graph: TokenGraph, pools: Iterable<number>): number[] {
  const swaps: number[] = [];
  for (const pool of new Set(pools))
    for (let swap = graph.swapStart[pool]!; swap < graph.swapStart[pool + 1]!; swap++)
      if (graph.swapLogRate[swap]! > Number.NEGATIVE_INFINITY) swaps.push(swap);
  return swaps.sort((a, b) => endsOf(graph, a).busier - endsOf(graph, b).busier || a - b);
}

function endsOf(graph: TokenGraph, swap: number): Pick<Way, "busier" | "quieter" | "isForward"> {
  const [from, to] = [graph.swapFrom[swap]!, graph.swapTo[swap]!];
  return graph.degreeOf(from) >= graph.degreeOf(to)
    ? { busier: from, quieter: to, isForward: true }
    : { busier: to, quieter: from, isForward: false };
}

function closeByTwo({ graph, collector, choices, swap, marks, busier, quieter, isForward }: Way): void {
  const { pairStart, pairTo, pairReverse, pairLogRate } = graph;
  const first = graph.swapLogRate[swap]! - LOG_RATE_MIN;
  for (let pair = pairStart[quieter]!; pair < pairStart[quieter + 1]!; pair++) {
    const middle = pairTo[pair]!;
    if (marks.markedFor[middle] !== busier) continue;
    const marked = marks.pair[middle]!;
    const near = isForward ? pair : pairReverse[pair]!;
    const far = isForward ? pairReverse[marked]! : marked;
    collector.examined++;
    if (first + pairLogRate[near]! + pairLogRate[far]! > 0)
      choices.offer(swap, isForward ? near : far, isForward ? far : near);
  }
}

function closeByThree(way: Way): void {
  const { graph, marks, busier, quieter } = way;
  const { pairStart, pairTo } = graph;
  const [busierStart, busierEnd] = [pairStart[busier]!, pairStart[busier + 1]!];
  for (let pair = pairStart[quieter]!; pair < pairStart[quieter + 1]!; pair++) {
    const near = pairTo[pair]!;
    if (near === busier) continue;
    const [start, end] = [pairStart[near]!, pairStart[near + 1]!];
    if (end - start <= SEARCH_COST * (busierEnd - busierStart)) {
      for (let middle = start; middle < end; middle++) {
        const far = pairTo[middle]!;
        if (marks.markedFor[far] === busier && far !== quieter)
          offerThree(way, pair, middle, marks.pair[far]!);
      }
    } else {
      for (let marked = busierStart; marked < busierEnd; marked++) {
        const far = pairTo[marked]!;
        if (far === quieter || far === near) continue;
        const middle = graph.pairBetween(near, far);
        if (middle >= 0) offerThree(way, pair, middle, marked);
      }
    }
  }
}

function offerThree(way: Way, pair: number, middle: number, marked: number): void {
  const { graph, collector, choices, swap, isForward } = way;
  const { pairReverse, pairLogRate, swapLogRate } = graph;
  const near = isForward ? pair : pairReverse[pair]!;
  const between = isForward ? middle : pairReverse[middle]!;
  const far = isForward ? pairReverse[marked]! : marked;
  collector.examined++;
  const logRate = swapLogRate[swap]! + pairLogRate[near]! + pairLogRate[between]! + pairLogRate[far]!;
  if (logRate > LOG_RATE_MIN) choices.offer(swap, isForward ? near : far, between, isForward ? far : near);
}

/** Cost of a binary search, in steps along a list. */
const SEARCH_COST = 8;
