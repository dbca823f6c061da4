import type { TokenGraph } from "../graph/TokenGraph.ts";

/**
 * The most that a cycle earns while every swap stays on the first stretch of its curve, by the closed form for
 * composed constant-product swaps: out(x) = K·x / (M + N·x), greatest at x* = (√(KM) − M) / N.
 * @param swaps the first `length` of them are a cycle
 * @param start the place of the swap that it begins with
 * @returns base units of the token that this swap begins with; 0 if it does not pay
 */
export function estimateProfit(
  graph: TokenGraph,
  swaps: ArrayLike<number>,
  length: number,
  start: number,
): number {
  const { swapReserveIn, swapReserveOut, swapKept, swapInputMax } = graph;
  // Scaled so that M stays 1: neither sizes nor lengths overflow.
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
