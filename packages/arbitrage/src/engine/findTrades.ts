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
import { type RouteOptions, routeOfCycle } from "./routeOfCycle.ts";
import { amountWorth, type TokenPrices, worthOf, worthsOf } from "./Worth.ts";

/** Profits are before gas. */
export interface FoundTrade {
  readonly id: string;
  readonly block: ChainBlock;
  readonly route: Route;
  readonly token: Hex;
  readonly sized: SizedCycle;
  readonly profitWei: bigint;
  readonly notionalWei: bigint;
}

export interface Findings {
  readonly trades: readonly FoundTrade[];
  readonly found: number;
  readonly examined: number;
  /** "trades": more cycles than `sizedMax`; "ticks": unknown liquidity. */
  readonly truncated: readonly (Cap | "ticks" | "trades")[];
  readonly sized: number;
  readonly dropped: Readonly<Partial<Record<Drop, number>>>;
}

/** `limitTooSmall`: below one base unit; `paysNothing`: after rounding. */
export type Drop = "noProfitToken" | "limitTooSmall" | "paysNothing" | "notExecutable";

interface TradeOptions extends RouteOptions {
  readonly prices: TokenPrices;
}

export interface FindOptions extends TradeOptions {
  readonly scan: Omit<ScanOptions, "worths">;
  readonly sizedMax: number;
  readonly tradeWeiMax: bigint;
}

/** @param touched pool indices; undefined: all pools, for cycles of at most three swaps */
export function findTrades(
  graph: TokenGraph,
  touched: Iterable<number> | undefined,
  block: ChainBlock,
  options: FindOptions,
): Findings {
  const limits = { ...options.scan, worths: worthsOf(options.prices) };
  const scan = touched === undefined ? scanAll(graph, limits) : scanTouched(graph, touched, limits);
  const trades = new Map<string, FoundTrade>();
  const truncated = new Set<Cap | "ticks" | "trades">(scan.truncated);
  if (scan.cycles.length > options.sizedMax) truncated.add("trades");
  const dropped: Partial<Record<Drop, number>> = {};
  if (scan.unprofitable > 0) dropped.noProfitToken = scan.unprofitable;
  const cycles = scan.cycles.slice(0, options.sizedMax);
  for (const cycle of cycles) {
    const trade = tradeOf(graph, cycle, block, options);
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
  options: FindOptions,
): FoundTrade | Drop {
  const token = graph.tokens[graph.swapFrom[swaps[0]!]!]!;
  return tradeThrough(legsOfCycle(graph, swaps), token, block, options);
}

export function tradeThrough(
  legs: readonly CycleLeg[],
  token: Hex,
  block: ChainBlock,
  options: Omit<FindOptions, "scan" | "sizedMax">,
): FoundTrade | Drop {
  const amountInMax = amountWorth(options.prices, token, options.tradeWeiMax) ?? 0n;
  if (amountInMax === 0n) return "limitTooSmall";
  const sized = sizeCycle(legs, { amountInMax });
  return sized === undefined ? "paysNothing" : tradeOfSize(sized, token, block, options);
}

export function tradeOfSize(
  sized: SizedCycle,
  token: Hex,
  block: ChainBlock,
  options: TradeOptions,
): FoundTrade | Drop {
  const route = routeOfCycle(sized, block, options);
  if (route === undefined) return "notExecutable";
  return {
    id: idOf(route),
    block,
    route,
    token,
    sized,
    profitWei: worthOf(options.prices, token, sized.profit) ?? 0n,
    notionalWei: worthOf(options.prices, token, sized.amountIn) ?? 0n,
  };
}

/** Unique per block: the route includes its hash. */
function idOf(route: Route): string {
  return bytesToHex(keccak256(hexToBytes(encodeRoute(route))));
}

/** Ties are ordered by id, equally for all workers. */
function byWorth(a: FoundTrade, b: FoundTrade): number {
  if (a.profitWei !== b.profitWei) return a.profitWei > b.profitWei ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
