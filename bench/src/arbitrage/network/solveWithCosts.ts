import { TokenGraph } from "@trellis/arbitrage";
import type { NetworkTrade } from "./PoolTrades.ts";
import { type NetworkOptions, type NetworkSolution, solveNetwork } from "./solveNetwork.ts";

export interface CostOptions extends NetworkOptions {
  swapCost(swap: number): number;
  readonly fixedCost: number;
}

/** `value` and `bound` exclude gas. */
export interface NetSolution extends Omit<NetworkSolution, "truncated"> {
  readonly cost: number;
  readonly net: number;
  readonly netBound: number;
  readonly solves: number;
  /** "legs": some subsets of swaps were not tried. */
  readonly truncated: readonly ("steps" | "ticks" | "legs")[];
}

/** Weakest swaps that are removed one at a time. */
const SINGLES_MAX = 8;
const SOLVES_MAX = 64;

/**
 * Closes the half of the swaps that moves the least value, and solves again. Closes fewer if this does not
 * earn more after gas.
 */
export function solveWithCosts(graph: TokenGraph, options: CostOptions): NetSolution {
  const whole = solveNetwork(graph, options);
  let best = afterCosts(whole, options);
  let [solves, share, singles] = [1, 2, 0];
  while (best.trades.length > 2 && singles < SINGLES_MAX && solves < SOLVES_MAX) {
    const weakestFirst = best.trades.toSorted((a, b) => valueIn(graph, whole, a) - valueIn(graph, whole, b));
    const count = Math.floor(weakestFirst.length / share);
    const [from, to] = count > 1 ? [0, count] : [singles, singles + 1];
    const kept = [...weakestFirst.slice(0, from), ...weakestFirst.slice(to)];
    const next = afterCosts(solveAmong(graph, kept, whole, options), options);
    solves++;
    if (next.net > best.net) {
      best = next;
      singles = 0;
    } else if (count > 1) share *= 2;
    else singles++;
  }
  const isCut = best.trades.length > 2 && solves >= SOLVES_MAX;
  const netBound = [...whole.swapGains].reduce(
    (sum, [swap, gain]) => sum + Math.max(0, gain - options.swapCost(swap)),
    -options.fixedCost,
  );
  const chosen = best.net > 0 ? best : { ...best, trades: [], gains: new Map(), value: 0, cost: 0, net: 0 };
  return {
    ...whole,
    ...chosen,
    netBound: Math.max(0, netBound),
    gap: whole.bound > 0 ? (whole.bound - chosen.value) / whole.bound : 0,
    solves,
    truncated: isCut ? [...whole.truncated, "legs"] : whole.truncated,
  };
}

type Choice = Pick<NetSolution, "trades" | "gains" | "value" | "cost" | "net">;

function afterCosts({ trades, gains, value }: NetworkSolution, { swapCost, fixedCost }: CostOptions): Choice {
  const cost = trades.reduce((sum, { swap }) => sum + swapCost(swap), trades.length > 0 ? fixedCost : 0);
  return { trades, gains, value, cost, net: value - cost };
}

function valueIn(
  graph: TokenGraph,
  { logPrices }: NetworkSolution,
  { swap, amountIn }: NetworkTrade,
): number {
  return Number(amountIn) * Math.exp(logPrices[graph.swapFrom[swap]!]!);
}

function solveAmong(
  graph: TokenGraph,
  kept: readonly NetworkTrade[],
  { logPrices }: NetworkSolution,
  options: CostOptions,
): NetworkSolution {
  const pools = [...new Set(kept.map(({ pool }) => pool))];
  const small = new TokenGraph(
    pools.map((pool) => graph.pools[pool]!),
    graph.traded,
  );
  const warmLogPrices = Float64Array.from(small.tokens, (token) => logPrices[graph.tokenIds.get(token)!]!);
  const { isPoolOpen: _, ...rest } = options;
  const solution = solveNetwork(small, { ...rest, warmLogPrices });
  const trades = solution.trades.map((trade) => {
    const pool = pools[trade.pool]!;
    return { ...trade, pool, swap: trade.swap - small.swapStart[trade.pool]! + graph.swapStart[pool]! };
  });
  return { ...solution, trades };
}
