import type { TokenAddress, TokenGraph } from "@trellis/arbitrage";
import { eliminationOrder } from "./eliminationOrder.ts";
import { networkErrors } from "./errors.ts";
import { LaplacianSolver } from "./LaplacianSolver.ts";
import { type DualMinimum, minimiseDual } from "./minimiseDual.ts";
import { NetworkDual } from "./NetworkDual.ts";
import type { NetworkTrade, PoolTrades } from "./PoolTrades.ts";
import { recoverTrades } from "./recoverTrades.ts";
import { tradableCore } from "./tradableCore.ts";
import type { Utility } from "./Utility.ts";

export interface NetworkOptions {
  readonly utility: Utility;
  readonly isPoolOpen?: Uint8Array;
  readonly warmLogPrices?: Float64Array;
  readonly precision?: number;
  readonly iterationsMax?: number;
  readonly stretchesMax?: number;
}

export interface NetworkSolution {
  readonly trades: readonly NetworkTrade[];
  readonly gains: ReadonlyMap<TokenAddress, bigint>;
  readonly value: number;
  /** Upper bound of `value`, if stretches describe the curves exactly. */
  readonly bound: number;
  /** (bound − value) / bound, or 0 if there is no gain. */
  readonly gap: number;
  readonly logPrices: Float64Array;
  /** Gain of each swap at the final prices. Their sum is `bound`. */
  readonly swapGains: ReadonlyMap<number, number>;
  readonly iterations: number;
  /** Whether more iterations ("steps") or stretches ("ticks") were needed. */
  readonly truncated: readonly ("steps" | "ticks")[];
}

/** Relative precision of the bound. That of the trades is its square root. */
const PRECISION = 1e-12;
const ITERATIONS_MAX = 200;
const STRETCHES_MAX = 1024;
const ROUNDING = 1e-12;

/** Dual decomposition (Diamandis et al.: An efficient algorithm for optimal routing, 2023). */
export function solveNetwork(graph: TokenGraph, options: NetworkOptions): NetworkSolution {
  const worths = worthsOf(graph, options.utility);
  const core = tradableCore(
    graph,
    Uint8Array.from(worths, (worth) => (worth > 0 ? 1 : 0)),
    options.isPoolOpen ?? new Uint8Array(graph.pools.length).fill(1),
  );
  const dual = new NetworkDual(graph, core, options.stretchesMax ?? STRETCHES_MAX);
  const lowest = Float64Array.from(dual.tokens, (token) => Math.log(worths[token]!));
  const worthMin = Math.min(...worths.filter((worth) => worth > 0));
  const minimum = minimiseDual(dual, solverFor(dual), startPrices(graph, dual, lowest, options), lowest, {
    precision: options.precision ?? PRECISION,
    boundMin: worthMin,
    iterationsMax: options.iterationsMax ?? ITERATIONS_MAX,
  });
  const bound = minimum.bound * (1 + ROUNDING);
  const trades = bound < worthMin ? undefined : owingNothing(graph, dual, minimum.logPrices, lowest);
  return solution(graph, dual, minimum, bound, worths, trades);
}

function worthsOf(graph: TokenGraph, { worths }: Utility): Float64Array {
  const byToken = new Float64Array(graph.tokens.length);
  for (const [token, worth] of worths) {
    if (!(worth > 0 && Number.isFinite(worth))) throw networkErrors.WORTH_INVALID({ token, worth });
    const id = graph.tokenIds.get(token);
    if (id !== undefined) byToken[id] = worth;
  }
  return byToken;
}

/** Default: reference prices in units of the first token with a value. */
function startPrices(
  graph: TokenGraph,
  dual: NetworkDual,
  lowest: Float64Array,
  { warmLogPrices }: NetworkOptions,
): Float64Array {
  const anchor = lowest.findIndex((price) => price > Number.NEGATIVE_INFINITY);
  const shift = anchor < 0 ? 0 : lowest[anchor]! - graph.logPrices[dual.tokens[anchor]!]!;
  return lowest.map((least, at) => {
    const token = dual.tokens[at]!;
    const warm = warmLogPrices?.[token] ?? Number.NaN;
    return Math.max(least, Number.isNaN(warm) ? graph.logPrices[token]! + shift : warm);
  });
}

function solverFor(dual: NetworkDual): LaplacianSolver {
  const edges = [...dual.from].map((from, swap) => [from, dual.to[swap]!] as const);
  return new LaplacianSolver(eliminationOrder(dual.tokenCount, edges));
}

/** Roots are not balanced and could have a debt. Such tokens stop being roots. */
function owingNothing(
  graph: TokenGraph,
  dual: NetworkDual,
  logPrices: Float64Array,
  lowest: Float64Array,
): PoolTrades | undefined {
  const isRoot = Uint8Array.from(lowest, (least, token) => (logPrices[token]! <= least ? 1 : 0));
  while (isRoot.includes(1)) {
    const trades = recoverTrades(graph, dual, logPrices, isRoot);
    const owed = dual.tokens.findIndex((token) => trades !== undefined && trades.balanceOf(token) < 0n);
    if (trades === undefined || owed < 0) return trades;
    isRoot[owed] = 0;
  }
  return undefined;
}

function solution(
  graph: TokenGraph,
  dual: NetworkDual,
  { logPrices, iterations, isCut }: DualMinimum,
  bound: number,
  worths: Float64Array,
  trades: PoolTrades | undefined,
): NetworkSolution {
  const gains = [...(trades?.balances ?? [])].filter(([, amount]) => amount !== 0n);
  const value = gains.reduce((sum, [token, amount]) => sum + worths[token]! * Number(amount), 0);
  const pays = value > 0;
  const isNothing = bound < Math.min(...worths.filter((worth) => worth > 0));
  const prices = new Float64Array(graph.tokens.length).fill(Number.NaN);
  for (const [at, token] of dual.tokens.entries()) prices[token] = logPrices[at]!;
  const swapGains = new Map<number, number>();
  for (const [swap, gain] of dual.gains(logPrices).entries())
    if (gain > 0) swapGains.set(dual.swaps[swap]!, gain);
  return {
    trades: pays ? [...(trades?.trades() ?? [])] : [],
    gains: new Map(pays ? gains.map(([token, amount]) => [graph.tokens[token]!, amount]) : []),
    value: pays ? value : 0,
    bound,
    gap: isNothing ? 0 : (bound - (pays ? value : 0)) / bound,
    logPrices: prices,
    swapGains,
    iterations,
    truncated: [...(isCut ? (["steps"] as const) : []), ...(dual.isCut ? (["ticks"] as const) : [])],
  };
}
