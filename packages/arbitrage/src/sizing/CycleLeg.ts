import type { TokenGraph } from "../graph/TokenGraph.ts";
import type { Pool } from "../pools/Pool.ts";

/** One swap of a cycle: tokens go by their place in the pool. */
export interface CycleLeg {
  readonly pool: Pool;
  readonly tokenIn: number;
  readonly tokenOut: number;
}

/** @param swaps ids of the graph's swaps, as a scan gives them */
export function legsOfCycle(graph: TokenGraph, swaps: readonly number[]): readonly CycleLeg[] {
  return swaps.map((swap) => ({
    pool: graph.pools[graph.swapPool[swap]!]!,
    tokenIn: graph.swapPlaceIn[swap]!,
    tokenOut: graph.swapPlaceOut[swap]!,
  }));
}
