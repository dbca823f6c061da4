import type { TokenGraph } from "@trellis/arbitrage";
import type { NetworkDual } from "./NetworkDual.ts";
import { PoolTrades } from "./PoolTrades.ts";
import { spanningForest } from "./spanningForest.ts";

/** Exhausted pools accept slightly less than floats predict. */
const SHARES = [1, 1 - 1e-12, 1 - 1e-9, 1 - 1e-6];

/**
 * Converts the dual's trades to integer swaps. Swaps along a spanning forest balance surpluses and debts from
 * rounding. @returns undefined if a token could not be balanced
 */
export function recoverTrades(
  graph: TokenGraph,
  dual: NetworkDual,
  logPrices: Float64Array,
  isRoot: Uint8Array,
): PoolTrades | undefined {
  const { amountIn, amountOut } = dual.trade(logPrices);
  const values = amountIn.map((amount, swap) => amount * Math.exp(logPrices[dual.from[swap]!]!));
  const forest = spanningForest(dual, values, dual.springs, isRoot);
  const trades = new PoolTrades(graph);
  for (let swap = 0; swap < dual.swaps.length; swap++) {
    if (!(amountIn[swap]! >= 1) || forest.isReached[dual.from[swap]!] === 0) continue;
    // The amount of the more valuable token is exact.
    const isOutDearer = logPrices[dual.to[swap]!]! > logPrices[dual.from[swap]!]!;
    const isPair = graph.pools[dual.pools[swap]!]!.tokens.length === 2;
    for (const share of SHARES) {
      const isMade =
        isOutDearer && isPair
          ? trades.setOutput(dual.swaps[swap]!, BigInt(Math.floor(share * amountOut[swap]!)))
          : trades.setInput(dual.swaps[swap]!, BigInt(Math.floor(share * amountIn[swap]!)));
      if (isMade) break;
    }
  }
  for (const token of forest.leavesFirst) {
    const swaps = forest.swapsToRoot[token]!.map((swap) => dual.swaps[swap]!);
    const isSettled = swaps.some((swap) => settle(graph, trades, dual.tokens[token]!, swap));
    if (!isSettled && trades.balanceOf(dual.tokens[token]!) < 0n) return undefined;
  }
  return trades;
}

function settle(graph: TokenGraph, trades: PoolTrades, token: number, swap: number): boolean {
  const left = trades.balanceOf(token);
  if (left === 0n) return true;
  if (!trades.isFree(swap)) return false;
  const isSold = graph.swapFrom[swap] === token;
  const { amountIn, amountOut } = trades.amountsOf(swap);
  const wanted = isSold ? amountIn + left : amountOut - left;
  if (wanted >= 0n) return isSold ? trades.setInput(swap, wanted) : trades.setOutput(swap, wanted);
  trades.setInput(swap, 0n);
  const back = swapBack(graph, swap);
  if (isSold ? trades.setOutput(back, -wanted) : trades.setInput(back, -wanted)) return true;
  trades.setInput(swap, amountIn);
  return false;
}

function swapBack(graph: TokenGraph, swap: number): number {
  const pool = graph.swapPool[swap]!;
  for (let back = graph.swapStart[pool]!; back < graph.swapStart[pool + 1]!; back++)
    if (graph.swapFrom[back] === graph.swapTo[swap] && graph.swapTo[back] === graph.swapFrom[swap])
      return back;
  return swap;
}
