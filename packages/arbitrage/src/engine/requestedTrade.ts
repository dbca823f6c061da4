import type { Hex } from "@trellis/base";
import type { CycleLeg } from "../sizing/CycleLeg.ts";
import { simulateCycle } from "../sizing/simulateCycle.ts";
import { engineErrors } from "./errors.ts";
import { type FindOptions, type FoundTrade, tradeOfSize, tradeThrough } from "./findTrades.ts";
import type { PoolWatch } from "./PoolWatch.ts";

export interface RequestedTrade {
  readonly hops: readonly { readonly pool: Hex; readonly tokenIn: Hex }[];
  /** Base units; undefined: the most profitable amount. */
  readonly amountIn: bigint | undefined;
}

export function requestedTrade(
  { hops, amountIn }: RequestedTrade,
  watch: Pick<PoolWatch, "graph" | "head">,
  options: FindOptions,
): FoundTrade {
  const legs = legsOf(hops, watch.graph);
  const token = hops[0]?.tokenIn;
  if (token === undefined) throw engineErrors.TRADE_REFUSED({ reason: "brokenCycle", hop: 0 });
  if (!options.prices.has(token)) throw engineErrors.TRADE_REFUSED({ reason: "noProfitToken", token });
  const found =
    amountIn === undefined
      ? tradeThrough(legs, token, watch.head, options)
      : withAmount(legs, token, amountIn, watch, options);
  if (typeof found === "string") throw engineErrors.TRADE_REFUSED({ reason: found });
  return found;
}

function withAmount(
  legs: readonly CycleLeg[],
  token: Hex,
  amountIn: bigint,
  { head }: Pick<PoolWatch, "head">,
  options: FindOptions,
) {
  const amounts = simulateCycle(legs, amountIn);
  const amountOut = amounts?.at(-1) ?? 0n;
  const profit = amountOut - amountIn;
  if (amounts === undefined || profit < 1n) return "paysNothing";
  const sized = { legs, amounts, amountIn, amountOut, profit, profitMax: profit, truncated: [] };
  return tradeOfSize(sized, token, head, options);
}

function legsOf(hops: RequestedTrade["hops"], graph: PoolWatch["graph"]): CycleLeg[] {
  return hops.map(({ pool: address, tokenIn }, place) => {
    const pool = graph.pools.find((each) => each.address === address);
    if (pool === undefined) throw engineErrors.TRADE_REFUSED({ reason: "unknownPool", pool: address });
    const next = hops[(place + 1) % hops.length]?.tokenIn;
    const from = pool.tokens.indexOf(tokenIn);
    const to = next === undefined ? -1 : pool.tokens.indexOf(next);
    if (from < 0 || to < 0 || from === to || !graph.isTraded(tokenIn))
      throw engineErrors.TRADE_REFUSED({ reason: "brokenCycle", hop: place, pool: address });
    return { pool, tokenIn: from, tokenOut: to };
  });
}
