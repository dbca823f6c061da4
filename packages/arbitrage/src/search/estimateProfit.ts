import type { TokenGraph } from "../graph/TokenGraph.ts";

/**
 * out(x) = K·x / (M + N·x); the profit is maximal at x* = (√(KM) − M) / N.
 * @returns base units of the first input token; 0 if unprofitable
 */
export function estimateProfit(
  graph: TokenGraph,
  swaps: ArrayLike<number>,
  length: number,
  start: number,
): number {
  const { swapReserveIn, swapReserveOut, swapKept, swapInputMax } = graph;
  // Keeping M = 1 prevents overflow.
  let k = 1;
  let n = 0;
  let inputMax = Number.POSITIVE_INFINITY;
  for (let at = start; at < start + length; at++) {
    const swap = swaps[at < length ? at : at - length]!;
    const stretchMax = swapInputMax[swap]!;
    if (stretchMax < k / n) inputMax = Math.min(inputMax, stretchMax / (k - stretchMax * n));
    const reserveIn = swapReserveIn[swap]!;
    const used = swapKept[swap]! / reserveIn;
    n += k * used;
    k *= used * swapReserveOut[swap]!;
  }
  if (k <= 1) return 0;
  const x = Math.min((Math.sqrt(k) - 1) / n, inputMax);
  return (k * x) / (1 + n * x) - x;
}
