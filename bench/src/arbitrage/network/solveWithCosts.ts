import { TokenGraph } from "@trellis/arbitrage";
import type { NetworkTrade } from "./PoolTrades.ts";
import { type NetworkOptions, type NetworkSolution, solveNetwork } from "./solveNetwork.ts";

export interface CostOptions extends NetworkOptions {
  /** Worth of the gas of one swap, by the graph's swap. */
  swapCost(swap: number): number;
  /** Worth of what every trade costs, however many swaps it has. */
  readonly fixedCost: number;
}

/** `value` is what the trades gain before gas, `bound` what any could before gas. */
export interface NetSolution extends Omit<NetworkSolution, "truncated"> {
  /** Worth of the gas; 0 if there are no trades. */
  readonly cost: number;
  readonly net: number;
  /** No trade over these pools is worth more after gas. */
  readonly netBound: number;
  /** Optima that were computed. */
  readonly solves: number;
  /** Also "legs": not every choice of swaps to leave out that was meant to be tried was. */
  readonly truncated: readonly ("steps" | "ticks" | "legs")[];
}

/** So many of the weakest swaps are tried alone before the trade stays as it is. */
const SINGLES_MAX = 8;
const SOLVES_MAX = 64;

/**
 * The network optimum with a cost for every swap. Which swaps are worth their gas is a choice among subsets; it is
 * made by descent: of the swaps that the optimum uses, those that move least value are closed, half of them first,
 * and the rest is solved again from the prices before; where that earns less after gas, fewer are closed. Trades
 * that earn nothing after gas are none.
 *
 * The bound does not depend on the choice: at prices ν, a set S of swaps gains at most ∑_S gain(ν), so that after
 * gas no set has more than ∑ max(0, gain(ν) − gas) over all swaps.
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

/** The optimum over the pools of these trades alone, on a graph of their own: small, whatever the whole one is. */
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
