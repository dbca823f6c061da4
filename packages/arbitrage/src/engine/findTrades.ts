import { bytesToHex, type Hex, hexToBytes } from "@trellis/base";
import type { ChainBlock } from "@trellis/client";
import { encodeRoute, type Route } from "@trellis/contracts/arbitrage";
import { keccak256 } from "@trellis/crypto";
import type { TokenGraph } from "../graph/TokenGraph.ts";
import type { Cap, Scan, ScanOptions } from "../search/Cycle.ts";
import { scanAll } from "../search/scanAll.ts";
import { scanTouched } from "../search/scanTouched.ts";
import { type CycleLeg, legsOfCycle } from "../sizing/CycleLeg.ts";
import { type SizedCycle, sizeCycle } from "../sizing/sizeCycle.ts";
import { type RouteTerms, routeOfCycle } from "./routeOfCycle.ts";
import { amountWorth, type TokenPrices, worthOf, worthsOf } from "./Worth.ts";

/** A cycle that pays before its costs, sized exactly and bound to its block. */
export interface FoundTrade {
  /** The same for the same trade, whoever finds it. */
  readonly id: string;
  readonly block: ChainBlock;
  readonly route: Route;
  /** What it begins and ends with. */
  readonly token: Hex;
  readonly sized: SizedCycle;
  readonly profitWei: bigint;
  readonly notionalWei: bigint;
}

export interface Findings {
  /** The most valuable first. */
  readonly trades: readonly FoundTrade[];
  /** Cycles that pay at the margin. */
  readonly found: number;
  readonly examined: number;
  /** What was not looked at: "trades" for cycles beyond those that are sized, "ticks" for unknown liquidity. */
  readonly truncated: readonly (Cap | "ticks" | "trades")[];
  /** Cycles that were sized exactly. */
  readonly sized: number;
  /** Cycles that are no trades, by the reason: those without a token of profit are not sized. */
  readonly dropped: Readonly<Partial<Record<Drop, number>>>;
}

/**
 * Why a cycle that pays at the margin is no trade: it passes no token that a profit may be in; the most that a trade
 * may move is worth less than its smallest unit; no input earns anything after rounding; the Arbitrageur cannot
 * execute it.
 */
export type Drop = "noProfitToken" | "limitTooSmall" | "paysNothing" | "notExecutable";

export interface FindTerms extends RouteTerms {
  readonly scan: Omit<ScanOptions, "worths">;
  /** Most cycles that are sized, best estimates first. */
  readonly sizedMax: number;
  /** The most that a trade may move. */
  readonly tradeWeiMax: bigint;
}

/**
 * Looks for trades at the head: through the touched pools, or through all, then of at most three swaps.
 * @param touched places in the graph; undefined for all
 */
export function findTrades(
  graph: TokenGraph,
  touched: Iterable<number> | undefined,
  block: ChainBlock,
  prices: TokenPrices,
  terms: FindTerms,
): Findings {
  const options = { ...terms.scan, worths: worthsOf(prices) };
  const scan = touched === undefined ? scanAll(graph, options) : scanTouched(graph, touched, options);
  const trades = new Map<string, FoundTrade>();
  const truncated = new Set<Cap | "ticks" | "trades">(scan.truncated);
  if (scan.cycles.length > terms.sizedMax) truncated.add("trades");
  const dropped: Partial<Record<Drop, number>> = {};
  if (scan.unprofitable > 0) dropped.noProfitToken = scan.unprofitable;
  const cycles = scan.cycles.slice(0, terms.sizedMax);
  for (const cycle of cycles) {
    const trade = tradeOf(graph, cycle, block, prices, terms);
    if (typeof trade === "string") {
      dropped[trade] = (dropped[trade] ?? 0) + 1;
      continue;
    }
    trades.set(trade.id, trade);
    for (const cap of trade.sized.truncated) truncated.add(cap);
  }
  return {
    trades: [...trades.values()].sort(byWorth),
    found: scan.found,
    examined: scan.examined,
    truncated: [...truncated],
    sized: cycles.length,
    dropped,
  };
}

function tradeOf(
  graph: TokenGraph,
  { swaps }: Scan["cycles"][number],
  block: ChainBlock,
  prices: TokenPrices,
  terms: FindTerms,
): FoundTrade | Drop {
  const token = graph.tokens[graph.swapFrom[swaps[0]!]!]!;
  return tradeThrough(legsOfCycle(graph, swaps), token, block, prices, terms);
}

/** A trade through these pools, sized to earn most. @param token what it begins and ends with */
export function tradeThrough(
  legs: readonly CycleLeg[],
  token: Hex,
  block: ChainBlock,
  prices: TokenPrices,
  terms: Omit<FindTerms, "scan" | "sizedMax">,
): FoundTrade | Drop {
  const amountInMax = amountWorth(prices, token, terms.tradeWeiMax) ?? 0n;
  if (amountInMax === 0n) return "limitTooSmall";
  const sized = sizeCycle(legs, { amountInMax });
  return sized === undefined ? "paysNothing" : tradeOfSize(sized, token, block, prices, terms);
}

export function tradeOfSize(
  sized: SizedCycle,
  token: Hex,
  block: ChainBlock,
  prices: TokenPrices,
  terms: RouteTerms,
): FoundTrade | Drop {
  const route = routeOfCycle(sized, block, terms);
  if (route === undefined) return "notExecutable";
  return {
    id: idOf(route),
    block,
    route,
    token,
    sized,
    profitWei: worthOf(prices, token, sized.profit) ?? 0n,
    notionalWei: worthOf(prices, token, sized.amountIn) ?? 0n,
  };
}

/** The route holds its block's hash: no other block's trade has this id. */
function idOf(route: Route): string {
  return bytesToHex(keccak256(hexToBytes(encodeRoute(route))));
}

/** Ties by id, so that all workers have one order. */
function byWorth(a: FoundTrade, b: FoundTrade): number {
  if (a.profitWei !== b.profitWei) return a.profitWei > b.profitWei ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
