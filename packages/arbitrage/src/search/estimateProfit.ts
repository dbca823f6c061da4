import type { TokenGraph } from "../graph/TokenGraph.ts";

/**
 * Maximum profit on the first stretches, by the closed form for composed constant-product swaps: out(x) = K·x / (M +
 * N·x), maximal at x* = (√(KM) − M) / N.
 * @param swaps the first `length` entries are a cycle
 * @param start index of the first swap
 * @returns base units of the first swap's input token; 0 if the cycle does not pay
 */
export function estimateProfit(
  graph: TokenGraph,
  swaps: ArrayLike<number>,
  length: number,
  start: number,
): number {
  const { swapReserveIn, swapReserveOut, swapKept, swapInputMax } = graph;
  // Scaled to M = 1 against overflow.
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
