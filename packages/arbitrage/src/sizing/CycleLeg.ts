import type { TokenGraph } from "../graph/TokenGraph.ts";
import type { Pool } from "../pools/Pool.ts";

export interface CycleLeg {
  readonly pool: Pool;
  readonly tokenIn: number;
  readonly tokenOut: number;
}

export function legsOfCycle(graph: TokenGraph, swaps: readonly number[]): readonly CycleLeg[] {
  return swaps.map((swap) => ({
    pool: graph.pools[graph.swapPool[swap]!]!,
    tokenIn: graph.swapPlaceIn[swap]!,
    tokenOut: graph.swapPlaceOut[swap]!,
  }));
}
