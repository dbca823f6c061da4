import type { TokenGraph } from "@trellis/arbitrage";

export interface TradableCore {
  readonly isSwapIn: Uint8Array;
  readonly isTokenIn: Uint8Array;
}

/** Repeatedly removes tokens that are in only one pool, or on no path between tokens with a value. */
export function tradableCore(graph: TokenGraph, isWorth: Uint8Array, isPoolOpen: Uint8Array): TradableCore {
  const isSwapIn = new Uint8Array(graph.swapCount);
  for (let swap = 0; swap < graph.swapCount; swap++) {
    const isUsable = graph.swapLogRate[swap]! > Number.NEGATIVE_INFINITY;
    isSwapIn[swap] = isUsable && isPoolOpen[graph.swapPool[swap]!] === 1 ? 1 : 0;
  }
  const isTokenIn = connected(graph, isWorth, isSwapIn);
  dropFromSwaps(graph, isTokenIn, isSwapIn);
  dropLonePools(graph, isWorth, isTokenIn, isSwapIn);
  return { isSwapIn, isTokenIn };
}

function connected(graph: TokenGraph, isWorth: Uint8Array, isSwapIn: Uint8Array): Uint8Array {
  const gained = reached(graph, isWorth, isSwapIn, true);
  const used = reached(graph, isWorth, isSwapIn, false);
  return gained.map((isGained, token) => isGained & used[token]!);
}

function reached(
  graph: TokenGraph,
  from: Uint8Array,
  isSwapIn: Uint8Array,
  isForward: boolean,
): Uint8Array<ArrayBuffer> {
  const isReached = Uint8Array.from(from);
  const queue = [...from.keys()].filter((token) => from[token] === 1);
  for (let at = 0; at < queue.length; at++) {
    const token = queue[at]!;
    for (let pair = graph.pairStart[token]!; pair < graph.pairStart[token + 1]!; pair++) {
      const next = graph.pairTo[pair]!;
      if (isReached[next] === 1 || !hasSwap(graph, isForward ? pair : graph.pairReverse[pair]!, isSwapIn))
        continue;
      isReached[next] = 1;
      queue.push(next);
    }
  }
  return isReached;
}

function hasSwap(graph: TokenGraph, pair: number, isSwapIn: Uint8Array): boolean {
  for (let at = graph.pairSwapStart[pair]!; at < graph.pairSwapStart[pair + 1]!; at++)
    if (isSwapIn[graph.pairSwaps[at]!] === 1) return true;
  return false;
}

function dropFromSwaps(graph: TokenGraph, isTokenIn: Uint8Array, isSwapIn: Uint8Array): void {
  for (let swap = 0; swap < graph.swapCount; swap++)
    if (isTokenIn[graph.swapFrom[swap]!] === 0 || isTokenIn[graph.swapTo[swap]!] === 0) isSwapIn[swap] = 0;
}

function dropLonePools(
  graph: TokenGraph,
  isWorth: Uint8Array,
  isTokenIn: Uint8Array,
  isSwapIn: Uint8Array,
): void {
  const queue = [...isTokenIn.keys()].filter((token) => isTokenIn[token] === 1);
  for (let at = 0; at < queue.length; at++) {
    const token = queue[at]!;
    if (isTokenIn[token] === 0 || isWorth[token] === 1 || !isLone(graph, token, isSwapIn)) continue;
    isTokenIn[token] = 0;
    for (let pair = graph.pairStart[token]!; pair < graph.pairStart[token + 1]!; pair++) {
      if (closePair(graph, pair, isSwapIn)) queue.push(graph.pairTo[pair]!);
      closePair(graph, graph.pairReverse[pair]!, isSwapIn);
    }
  }
}

function isLone(graph: TokenGraph, token: number, isSwapIn: Uint8Array): boolean {
  let only = -1;
  for (let pair = graph.pairStart[token]!; pair < graph.pairStart[token + 1]!; pair++) {
    for (const direction of [pair, graph.pairReverse[pair]!]) {
      for (let at = graph.pairSwapStart[direction]!; at < graph.pairSwapStart[direction + 1]!; at++) {
        const swap = graph.pairSwaps[at]!;
        if (isSwapIn[swap] === 0) continue;
        const pool = graph.swapPool[swap]!;
        if (only >= 0 && only !== pool) return false;
        only = pool;
      }
    }
  }
  return true;
}

function closePair(graph: TokenGraph, pair: number, isSwapIn: Uint8Array): boolean {
  let hasClosed = false;
  for (let at = graph.pairSwapStart[pair]!; at < graph.pairSwapStart[pair + 1]!; at++) {
    const swap = graph.pairSwaps[at]!;
    hasClosed ||= isSwapIn[swap] === 1;
    isSwapIn[swap] = 0;
  }
  return hasClosed;
}
